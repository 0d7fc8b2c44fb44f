// The security credentials of who is signed in.
import { ChangePasswordCommand, IAMClient } from '@aws-sdk/client-iam';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useLoad } from '../../app/load';
import { useIdentity } from '../../app/session';
import { Confirm } from '../../ui/Confirm';
import { Copy } from '../../ui/Copy';
import { Fields } from '../../ui/Field';
import { Page } from '../../ui/Page';
import { passwordError, passwordHint, passwordRulesOf } from '../passwords';
import { AccessKeys } from '../users/AccessKeys';

export function Me() {
  const me = useIdentity();
  const [changing, setChanging] = useState(false);
  const [changes, setChanges] = useState(0);
  return (
    <Page title="My security credentials">
      <Container header={<Header variant="h2" actions={me.type === 'User' && <Button onClick={() => setChanging(true)}>Update console password</Button>}>{me.type === 'Root' ? 'Root user' : me.type === 'User' ? 'User details' : 'Role session'}</Header>}>
        <Fields
          items={[
            { label: 'Name', value: me.name },
            { label: 'ARN', value: <Copy text={me.arn} name="ARN" /> },
            { label: 'Account ID', value: <Copy text={me.account} name="account ID" /> },
          ]}
        />
      </Container>
      {me.type === 'Role' ? (
        <Alert type="info">The credentials of a role expire by themselves. Access keys and passwords belong to users.</Alert>
      ) : (
        <>
          {me.type === 'Root' && <Alert type="warning">These are keys of the root user, who may do everything. Use them to create IAM users, and those for daily work.</Alert>}
          {/* Read again once the password has changed: a session that has ended with it is known to have. */}
          <AccessKeys key={changes} />
        </>
      )}
      {changing && <ChangePassword onClose={() => setChanging(false)} onDone={() => setChanges(changes + 1)} />}
    </Page>
  );
}

function ChangePassword({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const iam = useClient(IAMClient);
  const rules = useLoad((signal) => passwordRulesOf(iam, signal), [iam]);
  const [old, setOld] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const nextError = passwordError(next, rules.data);
  const againError = again !== next ? 'The passwords differ.' : undefined;
  return (
    <Confirm
      title="Update console password"
      action="Update password"
      disabled={!old || !!nextError || !!againError}
      onClose={onClose}
      onConfirm={async () => {
        done('Your password was changed.', await iam.send(new ChangePasswordCommand({ OldPassword: old, NewPassword: next })));
        onDone();
      }}
    >
      <SpaceBetween size="m">
        <Alert type="info">Sessions that began with the current password end with it. If this one did, you sign in again.</Alert>
        <FormField label="Current password">
          <Input type="password" value={old} autoComplete="current-password" onChange={(e) => setOld(e.detail.value)} />
        </FormField>
        <FormField label="New password" constraintText={passwordHint(rules.data)} errorText={next ? nextError : undefined}>
          <Input type="password" value={next} autoComplete="new-password" onChange={(e) => setNext(e.detail.value)} />
        </FormField>
        <FormField label="Confirm new password" errorText={again ? againError : undefined}>
          <Input type="password" value={again} autoComplete="new-password" onChange={(e) => setAgain(e.detail.value)} />
        </FormField>
      </SpaceBetween>
    </Confirm>
  );
}
