// The console password of a user.
import { CreateLoginProfileCommand, DeleteLoginProfileCommand, IAMClient, UpdateLoginProfileCommand } from '@aws-sdk/client-iam';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction, useLoad } from '../../app/load';
import { Confirm } from '../../ui/Confirm';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { Time } from '../../ui/Time';
import { newPasswordForm, PasswordFields, passwordFormError } from '../PasswordFields';
import { generatePassword, passwordRulesOf } from '../passwords';
import { loginProfileOf } from './DeleteUser';
import { PasswordMade } from './Retrieve';

export function Password({ name, lastUsed }: { name: string; lastUsed?: Date }) {
  const iam = useClient(IAMClient);
  const profile = useLoad(async (signal) => ({ of: await loginProfileOf(iam, name, signal) }), [iam, name]);
  const [open, setOpen] = useState<'set' | 'disable'>();
  const has = profile.data?.of;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            profile.data && (
              <SpaceBetween direction="horizontal" size="xs">
                {has && <Button onClick={() => setOpen('disable')}>Disable console access</Button>}
                <Button onClick={() => setOpen('set')}>{has ? 'Reset password' : 'Enable console access'}</Button>
              </SpaceBetween>
            )
          }
        >
          Console sign-in
        </Header>
      }
    >
      <ErrorNote error={profile.error} retry={profile.reload} />
      {!profile.data && profile.loading && <Loading lines={2} />}
      {profile.data && (
        <Fields
          items={[
            { label: 'Console password', value: has ? <StatusIndicator>Enabled</StatusIndicator> : <StatusIndicator type="stopped">Not enabled</StatusIndicator> },
            { label: 'Password created', value: has ? <Time at={has.CreateDate} /> : '–' },
            { label: 'Must be changed at next sign-in', value: has ? (has.PasswordResetRequired ? 'Yes' : 'No') : '–' },
            { label: 'Last console sign-in', value: lastUsed ? <Time at={lastUsed} /> : 'Never' },
          ]}
        />
      )}
      {open === 'set' && <SetPassword name={name} has={!!has} onClose={() => setOpen(undefined)} onDone={profile.reload} />}
      {open === 'disable' && (
        <Confirm
          title={`Disable console access of ${name}?`}
          action="Disable access"
          onClose={() => setOpen(undefined)}
          onConfirm={async () => {
            done(`Console access of ${name} was disabled.`, await iam.send(new DeleteLoginProfileCommand({ UserName: name })));
            profile.reload();
          }}
        >
          The password of <b>{name}</b> is deleted, and sessions of the console that began with it end. The user’s access keys go on working.
        </Confirm>
      )}
    </Container>
  );
}

function SetPassword({ name, has, onClose, onDone }: { name: string; has: boolean; onClose: () => void; onDone: () => void }) {
  const iam = useClient(IAMClient);
  const rules = useLoad((signal) => passwordRulesOf(iam, signal), [iam]);
  const [form, setForm] = useState(newPasswordForm);
  const [tried, setTried] = useState(false);
  const [made, setMade] = useState<string>();
  const { busy, error, run } = useAction();
  const refused = error?.name.startsWith('PasswordPolicyViolation') && form.custom;
  const save = async () => {
    setTried(true);
    if (passwordFormError(form, rules.data)) return;
    const Password = form.custom ? form.password : generatePassword(rules.data);
    const input = { UserName: name, Password, PasswordResetRequired: form.reset };
    const ok = await run(async () => {
      const result = await (has ? iam.send(new UpdateLoginProfileCommand(input)) : iam.send(new CreateLoginProfileCommand(input)));
      done(has ? `The password of ${name} was changed.` : `Console access of ${name} was enabled.`, result);
    });
    if (!ok) return;
    onDone();
    setMade(Password);
  };
  return (
    <Modal
      visible
      size="medium"
      header={made !== undefined ? 'Console password' : has ? `Reset password of ${name}` : `Enable console access of ${name}`}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            {made !== undefined ? (
              <Button variant="primary" onClick={onClose}>
                Close
              </Button>
            ) : (
              <>
                <Button variant="link" onClick={onClose}>
                  Cancel
                </Button>
                <Button variant="primary" loading={busy} onClick={save}>
                  {has ? 'Reset password' : 'Enable console access'}
                </Button>
              </>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      {made !== undefined ? (
        <PasswordMade user={name} password={made} />
      ) : (
        <SpaceBetween size="m">
          {!refused && <ErrorNote error={error} />}
          <PasswordFields form={form} onChange={setForm} policy={rules.data} tried={tried} refused={refused ? error?.message : undefined} />
        </SpaceBetween>
      )}
    </Modal>
  );
}
