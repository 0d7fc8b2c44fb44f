// The default view of a key policy: administrators, deletion, users, other accounts.
import type { KeyMetadata } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useAction } from '../../app/load';
import { useIdentity } from '../../app/session';
import { Confirm } from '../../ui/Confirm';
import { ErrorNote } from '../../ui/ErrorNote';
import { ResourceTable, type Column } from '../../ui/ResourceTable';
import { Accounts, accountsValid } from '../accounts';
import { furtherStatements, policyText, setChoice, view, type Choice, type Policy } from '../policy';
import { principalOf, PrincipalTable, usePrincipals } from '../principals';

interface Props {
  metadata: KeyMetadata;
  policy: Policy;
  save: (text: string) => Promise<void>;
  toPolicy: () => void;
}

type Named = ReturnType<typeof principalOf>;

const columns: readonly Column<Named>[] = [
  { id: 'name', header: 'Name', cell: (p) => p.name, value: (p) => p.name, isRowHeader: true },
  { id: 'path', header: 'Path', cell: (p) => p.path, value: (p) => p.path },
  { id: 'type', header: 'Type', cell: (p) => p.type, value: (p) => p.type },
];

export function DefaultView({ metadata: m, policy, save, toPolicy }: Props) {
  const me = useIdentity();
  const choice = view(policy, me.account);
  const kind = { spec: m.KeySpec ?? '', usage: m.KeyUsage ?? '', origin: m.Origin ?? '', multiRegion: m.MultiRegion ?? false };
  const put = (change: Partial<Choice>) => save(policyText(setChoice(policy, kind, { ...choice, ...change })));
  const further = furtherStatements(policy);
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header variant="h2" actions={<Button onClick={toPolicy}>Switch to policy view</Button>}>
            Key policy
          </Header>
        }
      >
        {further > 0 ? (
          <Alert type="info">
            The policy has {further} more {further === 1 ? 'statement' : 'statements'} that this view does not show. Switch to policy view to see {further === 1 ? 'it' : 'them'}.
          </Alert>
        ) : (
          'The principals below are those of the statements that the console makes.'
        )}
      </Container>
      <People title="Key administrators" hint="The following IAM users and roles can administer this key through the KMS API." arns={choice.administrators} put={(administrators) => put({ administrators })} />
      <Deletion allowed={choice.deletion} none={choice.administrators.length === 0} put={(deletion) => put({ deletion })} />
      <People title="Key users" hint="The following IAM users and roles can use this key in cryptographic operations." arns={choice.users} put={(users) => put({ users })} />
      <OtherAccounts ids={choice.accounts} put={(accounts) => put({ accounts })} />
    </SpaceBetween>
  );
}

function People({ title, hint, arns, put }: { title: string; hint: string; arns: readonly string[]; put: (arns: string[]) => Promise<void> }) {
  const [selected, setSelected] = useState<Named[]>([]);
  const [asked, setAsked] = useState<'add' | 'remove'>();
  const many = title.toLowerCase();
  return (
    <>
      <ResourceTable
        title={title}
        one={many.replace(/s$/, '')}
        many={many}
        description={hint}
        items={arns.map(principalOf)}
        columns={columns}
        trackBy={(p) => p.arn}
        named={(p) => p.name}
        pageSize={10}
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => setAsked('remove')} ariaLabel={`Remove ${many}`}>
              Remove
            </Button>
            <Button onClick={() => setAsked('add')} ariaLabel={`Add ${many}`}>
              Add
            </Button>
          </SpaceBetween>
        }
        empty={{ hint: 'Choose Add to choose users and roles.' }}
      />
      {asked === 'add' && <AddPeople title={`Add ${many}`} have={arns} put={(more) => put([...arns, ...more])} onClose={() => setAsked(undefined)} />}
      {asked === 'remove' && (
        <Confirm
          title={`Remove ${many}`}
          action="Remove"
          onConfirm={async () => {
            await put(arns.filter((a) => !selected.some((s) => s.arn === a)));
            setSelected([]);
          }}
          onClose={() => setAsked(undefined)}
        >
          <p>The key policy will not name them any more:</p>
          <ul>
            {selected.map((s) => (
              <li key={s.arn}>{s.name}</li>
            ))}
          </ul>
        </Confirm>
      )}
    </>
  );
}

function AddPeople({ title, have, put, onClose }: { title: string; have: readonly string[]; put: (arns: string[]) => Promise<void>; onClose: () => void }) {
  const principals = usePrincipals();
  const [chosen, setChosen] = useState<string[]>([]);
  return (
    <Confirm size="large" title={title} action="Add" disabled={chosen.length === 0} onConfirm={() => put(chosen)} onClose={onClose}>
      <PrincipalTable title="Users and roles" principals={principals} chosen={chosen} onChange={setChosen} without={have} />
    </Confirm>
  );
}

function Deletion({ allowed, none, put }: { allowed: boolean; none: boolean; put: (allowed: boolean) => Promise<void> }) {
  const { busy, error, run } = useAction();
  return (
    <Container header={<Header variant="h2">Key deletion</Header>}>
      <SpaceBetween size="s">
        <Checkbox checked={allowed} disabled={busy || none} description={none ? 'The key has no administrators.' : undefined} onChange={(e) => void run(() => put(e.detail.checked))}>
          Allow key administrators to delete this key.
        </Checkbox>
        <ErrorNote error={error} />
      </SpaceBetween>
    </Container>
  );
}

function OtherAccounts({ ids, put }: { ids: readonly string[]; put: (ids: string[]) => Promise<void> }) {
  const me = useIdentity();
  const [edited, setEdited] = useState<string[]>();
  const [tried, setTried] = useState(false);
  const save = async () => {
    setTried(true);
    if (!accountsValid(edited!, me.account)) throw new Error('Correct the account IDs first.');
    await put(edited!);
  };
  return (
    <>
      <ResourceTable
        title="Other AWS accounts"
        one="account"
        many="accounts"
        description="The following accounts can use this key, as far as their administrators allow it."
        items={ids.map((id) => ({ id }))}
        columns={[{ id: 'id', header: 'Account ID', cell: (a) => a.id, value: (a) => a.id, isRowHeader: true }]}
        trackBy={(a) => a.id}
        noFilter
        actions={
          <Button
            ariaLabel="Edit other AWS accounts"
            onClick={() => {
              setTried(false);
              setEdited([...ids]);
            }}
          >
            Edit
          </Button>
        }
        empty={{ title: 'No other AWS accounts' }}
      />
      {edited && (
        <Confirm title="Other AWS accounts" action="Save changes" onConfirm={save} onClose={() => setEdited(undefined)}>
          <Accounts ids={edited} onChange={setEdited} own={me.account} tried={tried} />
        </Confirm>
      )}
    </>
  );
}
