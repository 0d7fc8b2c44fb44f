// Settings of the account: its alias, its password policy, and what it has.
import { CreateAccountAliasCommand, DeleteAccountAliasCommand, DeleteAccountPasswordPolicyCommand, GetAccountSummaryCommand, IAMClient, ListAccountAliasesCommand } from '@aws-sdk/client-iam';
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
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { Page } from '../../ui/Page';
import { passwordHint, passwordPolicyOf } from '../passwords';
import { EditPasswordPolicy } from './EditPasswordPolicy';

export function Account() {
  return (
    <Page title="Account settings">
      <Alias />
      <PasswordPolicy />
      <Summary />
    </Page>
  );
}

function Alias() {
  const iam = useClient(IAMClient);
  const { account } = useIdentity();
  const alias = useLoad(async (abortSignal) => ({ of: (await iam.send(new ListAccountAliasesCommand({}), { abortSignal })).AccountAliases?.[0] }), [iam]);
  const [open, setOpen] = useState<'set' | 'delete'>();
  const name = alias.data?.of;
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="A name for the account, to be entered at the sign-in instead of its ID."
          actions={
            alias.data && (
              <SpaceBetween direction="horizontal" size="xs">
                {name && <Button onClick={() => setOpen('delete')}>Delete alias</Button>}
                <Button onClick={() => setOpen('set')}>{name ? 'Edit alias' : 'Create alias'}</Button>
              </SpaceBetween>
            )
          }
        >
          Account alias
        </Header>
      }
    >
      <ErrorNote error={alias.error} retry={alias.reload} />
      {!alias.data && alias.loading && <Loading lines={1} />}
      {alias.data && (
        <Fields
          items={[
            { label: 'Account ID', value: account },
            { label: 'Account alias', value: name ?? 'None' },
          ]}
        />
      )}
      {open === 'set' && (
        <SetAlias
          old={name}
          onClose={() => setOpen(undefined)}
          save={async (AccountAlias) => {
            done(`The account’s alias is ${AccountAlias}.`, await iam.send(new CreateAccountAliasCommand({ AccountAlias })));
            alias.reload();
          }}
        />
      )}
      {open === 'delete' && name && (
        <Confirm
          title="Delete account alias?"
          action="Delete alias"
          onClose={() => setOpen(undefined)}
          onConfirm={async () => {
            done(`The alias ${name} was deleted.`, await iam.send(new DeleteAccountAliasCommand({ AccountAlias: name })));
            alias.reload();
          }}
        >
          Users sign in with the account’s ID from now on. Somebody else can take the alias <b>{name}</b>.
        </Confirm>
      )}
    </Container>
  );
}

function SetAlias({ old, save, onClose }: { old?: string; save: (alias: string) => Promise<unknown>; onClose: () => void }) {
  const [text, setText] = useState(old ?? '');
  const wrong =
    text.length < 3 || text.length > 63 ? 'An alias has 3 to 63 characters.'
    : !/^[a-z0-9]([a-z0-9]|-(?!-))*[a-z0-9]$/.test(text) ? 'An alias has lowercase letters, digits and single hyphens, and neither begins nor ends with a hyphen.'
    : /^\d{12}$/.test(text) ? 'An alias cannot look like an account ID.'
    : undefined;
  return (
    <Confirm title="Account alias" action="Save changes" disabled={!!wrong || text === old} onConfirm={() => save(text)} onClose={onClose}>
      <FormField label="Preferred alias" errorText={text ? wrong : undefined}>
        <Input value={text} onChange={(e) => setText(e.detail.value)} autoComplete={false} />
      </FormField>
    </Confirm>
  );
}

function PasswordPolicy() {
  const iam = useClient(IAMClient);
  const policy = useLoad(async (signal) => ({ of: await passwordPolicyOf(iam, signal) }), [iam]);
  const [open, setOpen] = useState<'edit' | 'delete'>();
  const p = policy.data?.of;
  const yes = (v: boolean | undefined) => (v ? 'Yes' : 'No');
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="What is asked of the passwords of IAM users."
          actions={
            policy.data && (
              <SpaceBetween direction="horizontal" size="xs">
                {p && <Button onClick={() => setOpen('delete')}>Use the default policy</Button>}
                <Button onClick={() => setOpen('edit')}>Edit password policy</Button>
              </SpaceBetween>
            )
          }
        >
          Password policy
        </Header>
      }
    >
      <ErrorNote error={policy.error} retry={policy.reload} />
      {!policy.data && policy.loading && <Loading lines={2} />}
      {policy.data && (
        <Fields
          items={[
            { label: 'Policy', value: p ? 'Custom' : 'Default' },
            { label: 'Passwords', value: passwordHint(p) },
            { label: 'Users may change their own password', value: yes(p?.AllowUsersToChangePassword) },
            { label: 'Password expiration', value: p?.MaxPasswordAge ? `${p.MaxPasswordAge} days` : 'Never' },
            { label: 'Expired passwords need an administrator', value: yes(p?.HardExpiry) },
            { label: 'Passwords remembered', value: p?.PasswordReusePrevention ?? 'None' },
          ]}
        />
      )}
      {open === 'edit' && <EditPasswordPolicy policy={p} onClose={() => setOpen(undefined)} changed={policy.reload} />}
      {open === 'delete' && (
        <Confirm
          title="Use the default password policy?"
          action="Use the default"
          onClose={() => setOpen(undefined)}
          onConfirm={async () => {
            done('The password policy is the default one.', await iam.send(new DeleteAccountPasswordPolicyCommand({})));
            policy.reload();
          }}
        >
          The account’s own password policy is deleted.
        </Confirm>
      )}
    </Container>
  );
}

const counted: [string, string][] = [
  ['Users', 'Users'],
  ['Groups', 'User groups'],
  ['Roles', 'Roles'],
  ['Policies', 'Customer managed policies'],
  ['Providers', 'Identity providers'],
];

function Summary() {
  const iam = useClient(IAMClient);
  const summary = useLoad(async (abortSignal) => (await iam.send(new GetAccountSummaryCommand({}), { abortSignal })).SummaryMap as Record<string, number>, [iam]);
  return (
    <Container header={<Header variant="h2">Account summary</Header>}>
      <ErrorNote error={summary.error} retry={summary.reload} />
      {!summary.data && summary.loading && <Loading lines={2} />}
      {summary.data && (
        <Fields
          items={counted.map(
            ([key, label]) => summary.data![key] !== undefined && { label, value: `${summary.data![key]}${summary.data![`${key}Quota`] ? ` of ${summary.data![`${key}Quota`]}` : ''}` },
          )}
        />
      )}
    </Container>
  );
}
