// The permissions of a user, a group or a role: attached and inline policies, and the boundary.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { done } from '../app/flash';
import { useLoad } from '../app/load';
import { useGo } from '../app/region';
import { Confirm } from '../ui/Confirm';
import { Go } from '../ui/Go';
import { ResourceTable } from '../ui/ResourceTable';
import { AttachPolicies } from './AttachPolicies';
import { ChooseBoundary, typeOfPolicy } from './choose';
import { InlinePolicy } from './InlinePolicy';
import { useHolder, usePolicies, type Holder } from './lists';
import { lastOf, policyPath, type HolderKind } from './names';

interface Row {
  name: string;
  /** arn of an attached policy; inline ones have none */
  arn?: string;
  type: string;
}

const words: Record<HolderKind, string> = { user: 'user', group: 'user group', role: 'role' };

export function Permissions({ kind, name, boundary, changed }: { kind: HolderKind; name: string; boundary?: string; changed?: () => void }) {
  const holder = useHolder(kind, name);
  const go = useGo();
  const [query] = useSearchParams();
  const policies = useLoad(
    async (abortSignal) => {
      const [attached, inline] = await Promise.all([holder.attached({ abortSignal }), holder.inline({ abortSignal })]);
      return [
        ...attached.map((p): Row => ({ name: p.PolicyName!, arn: p.PolicyArn!, type: typeOfPolicy(p.PolicyArn!) })),
        ...inline.map((n): Row => ({ name: n, type: 'Customer inline' })),
      ];
    },
    [holder],
  );
  const [selected, setSelected] = useState<Row[]>([]);
  const [open, setOpen] = useState<'attach' | 'create' | 'remove'>();
  const [edited, setEdited] = useState<string | undefined>(query.get('inline') ?? undefined);
  const reload = () => {
    setSelected([]);
    policies.reload();
  };
  const close = () => setOpen(undefined);
  return (
    <SpaceBetween size="l">
      <ResourceTable
        id={`${kind}-policies`}
        title="Permissions policies"
        description={`Permissions are defined by policies attached to the ${words[kind]}${kind === 'user' ? ' directly or through its groups' : ''}.`}
        one="policy"
        many="policies"
        items={policies.data}
        loading={policies.loading}
        error={policies.error}
        reload={policies.reload}
        trackBy={(p) => p.arn ?? p.name}
        named={(p) => p.name}
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        sortedBy="name"
        columns={[
          {
            id: 'name',
            header: 'Policy name',
            isRowHeader: true,
            value: (p) => p.name,
            cell: (p) =>
              p.arn ? (
                <Go to={policyPath(p.arn)}>{p.name}</Go>
              ) : (
                <Button variant="inline-link" onClick={() => setEdited(p.name)} ariaLabel={`Edit inline policy ${p.name}`}>
                  {p.name}
                </Button>
              ),
          },
          { id: 'type', header: 'Type', cell: (p) => p.type, value: (p) => p.type },
          { id: 'via', header: 'Attached via', cell: (p) => (p.arn ? 'Directly' : 'Inline'), value: (p) => (p.arn ? 'Directly' : 'Inline') },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={() => go(`/iam/simulator?${new URLSearchParams({ holder: `${kind}/${name}` })}`)}>Simulate</Button>
            <Button disabled={selected.length === 0} onClick={() => setOpen('remove')}>
              Remove
            </Button>
            <Button onClick={() => setOpen('create')}>Create inline policy</Button>
            <Button variant="primary" onClick={() => setOpen('attach')}>
              Attach policies
            </Button>
          </SpaceBetween>
        }
        empty={{ hint: `The ${words[kind]} has no permissions of its own. Attach a policy, or create an inline policy.` }}
      />
      {kind !== 'group' && <Boundary kind={kind} holder={holder} name={name} arn={boundary} changed={changed} />}
      {open === 'attach' && <AttachPolicies holder={holder} name={name} attached={policies.data?.flatMap((p) => p.arn ?? []) ?? []} onClose={close} onDone={reload} />}
      {open === 'create' && <InlinePolicy kind={kind} holder={holder} existing={policies.data?.filter((p) => !p.arn).map((p) => p.name) ?? []} onClose={close} onDone={reload} />}
      {edited !== undefined && <InlinePolicy kind={kind} holder={holder} name={edited} onClose={() => setEdited(undefined)} onDone={reload} />}
      {open === 'remove' && <Remove holder={holder} name={name} rows={selected} onClose={close} onDone={reload} />}
    </SpaceBetween>
  );
}

function Remove({ holder, name, rows, onClose, onDone }: { holder: Holder; name: string; rows: Row[]; onClose: () => void; onDone: () => void }) {
  const inline = rows.filter((r) => !r.arn);
  return (
    <Confirm
      title={`Remove ${rows.length === 1 ? 'policy' : 'policies'}?`}
      action="Remove policy"
      warning={inline.length > 0 && `Inline policies are deleted with this: ${inline.map((r) => r.name).join(', ')}. You can’t undo this action.`}
      onClose={onClose}
      onConfirm={async () => {
        let last;
        try {
          for (const r of rows) last = r.arn ? await holder.detach(r.arn) : await holder.remove(r.name);
        } finally {
          onDone();
        }
        done(rows.length === 1 ? `Policy ${rows[0].name} was removed from ${name}.` : `${rows.length} policies were removed from ${name}.`, last);
      }}
    >
      Remove {rows.map((r) => r.name).join(', ')} from <b>{name}</b>? What they allow is lost at once, and what they deny is denied no longer.
    </Confirm>
  );
}

function Boundary({ kind, holder, name, arn, changed }: { kind: HolderKind; holder: Holder; name: string; arn?: string; changed?: () => void }) {
  const [open, setOpen] = useState<'set' | 'remove'>();
  const close = () => setOpen(undefined);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="The most that policies can allow. It allows nothing by itself."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {arn && <Button onClick={() => setOpen('remove')}>Remove boundary</Button>}
              <Button onClick={() => setOpen('set')}>{arn ? 'Change boundary' : 'Set permissions boundary'}</Button>
            </SpaceBetween>
          }
        >
          Permissions boundary {arn ? '(set)' : '(not set)'}
        </Header>
      }
    >
      {arn ? <Go to={policyPath(arn)}>{lastOf(arn)}</Go> : <Box color="text-body-secondary">This {kind} has no permissions boundary.</Box>}
      {open === 'set' && <SetBoundary holder={holder} name={name} arn={arn} onClose={close} changed={changed} />}
      {open === 'remove' && (
        <Confirm
          title="Remove permissions boundary?"
          action="Remove boundary"
          onClose={close}
          onConfirm={async () => {
            done(`The permissions boundary of ${name} was removed.`, await holder.removeBoundary());
            changed?.();
          }}
        >
          Without the boundary, everything counts that the policies of <b>{name}</b> allow.
        </Confirm>
      )}
    </Container>
  );
}

function SetBoundary({ holder, name, arn, onClose, changed }: { holder: Holder; name: string; arn?: string; onClose: () => void; changed?: () => void }) {
  const policies = usePolicies();
  const [chosen, setChosen] = useState(arn ?? '');
  return (
    <Confirm
      title="Permissions boundary"
      action="Set boundary"
      disabled={!chosen || chosen === arn}
      size="large"
      onClose={onClose}
      onConfirm={async () => {
        done(`The permissions boundary of ${name} was set.`, await holder.setBoundary(chosen));
        changed?.();
      }}
    >
      <SpaceBetween size="m">
        <Alert type="info">What the boundary does not allow is denied, whatever other policies allow.</Alert>
        <ChooseBoundary policies={policies} arn={chosen} onChange={setChosen} />
      </SpaceBetween>
    </Confirm>
  );
}

