// To whom a policy is attached: attached to more, detached.
import { IAMClient } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Multiselect from '@cloudscape-design/components/multiselect';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useLoad } from '../../app/load';
import { Confirm } from '../../ui/Confirm';
import { Go } from '../../ui/Go';
import { ResourceTable } from '../../ui/ResourceTable';
import { holderOf, listGroups, listRoles, listUsers } from '../lists';
import { holderPath, lastOf, type HolderKind } from '../names';
import { entitiesOf, kindWords, type Entity } from './attached';

export function Entities({ arn, changed }: { arn: string; changed: () => void }) {
  const iam = useClient(IAMClient);
  const entities = useLoad((signal) => entitiesOf(iam, arn, signal), [iam, arn]);
  const [selected, setSelected] = useState<Entity[]>([]);
  const [open, setOpen] = useState<'attach' | 'detach'>();
  const key = (e: Entity) => `${e.kind} ${e.name}${e.usage === 'Permissions boundary' ? ' (boundary)' : ''}`;
  const close = () => setOpen(undefined);
  const reload = () => {
    setSelected([]);
    entities.reload();
    changed();
  };
  return (
    <>
      <ResourceTable
        title="Attached entities"
        one="entity"
        many="entities"
        items={entities.data}
        loading={entities.loading}
        error={entities.error}
        reload={entities.reload}
        trackBy={key}
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        isItemDisabled={(e) => e.usage === 'Permissions boundary'}
        sortedBy="name"
        columns={[
          { id: 'name', header: 'Entity name', cell: (e) => <Go to={holderPath(e.kind, e.name)}>{e.name}</Go>, value: (e) => e.name, isRowHeader: true },
          { id: 'type', header: 'Entity type', cell: (e) => kindWords[e.kind], value: (e) => kindWords[e.kind] },
          { id: 'usage', header: 'Used as', cell: (e) => e.usage, value: (e) => e.usage },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => setOpen('detach')}>
              Detach
            </Button>
            <Button variant="primary" onClick={() => setOpen('attach')}>
              Attach
            </Button>
          </SpaceBetween>
        }
        empty={{ hint: 'The policy has no effect until it is attached.' }}
      />
      {open === 'attach' && <Attach arn={arn} present={entities.data ?? []} onClose={close} onDone={reload} />}
      {open === 'detach' && (
        <Confirm
          title={`Detach ${lastOf(arn)}?`}
          action="Detach policy"
          onClose={close}
          onConfirm={async () => {
            let last;
            try {
              for (const e of selected) last = await holderOf(iam, e.kind, e.name).detach(arn);
            } finally {
              reload();
            }
            done(`Policy ${lastOf(arn)} was detached from ${selected.map((e) => e.name).join(', ')}.`, last);
          }}
        >
          Detach the policy from {selected.map((e) => e.name).join(', ')}? They lose what it allows.
        </Confirm>
      )}
    </>
  );
}

function Attach({ arn, present, onClose, onDone }: { arn: string; present: readonly Entity[]; onClose: () => void; onDone: () => void }) {
  const iam = useClient(IAMClient);
  const everybody = useLoad(
    async (abortSignal) => {
      const o = { abortSignal };
      const [users, groups, roles] = await Promise.all([listUsers(iam, o), listGroups(iam, o), listRoles(iam, o)]);
      const names: Record<HolderKind, string[]> = { user: users.map((u) => u.UserName!), group: groups.map((g) => g.GroupName!), role: roles.map((r) => r.RoleName!) };
      return names;
    },
    [iam],
  );
  const [chosen, setChosen] = useState<string[]>([]);
  const has = (kind: HolderKind, name: string) => present.some((e) => e.kind === kind && e.name === name && e.usage === 'Permissions policy');
  const options = (['user', 'group', 'role'] as const).map((kind) => ({
    label: { user: 'Users', group: 'User groups', role: 'Roles' }[kind],
    options: (everybody.data?.[kind] ?? []).filter((n) => !has(kind, n)).map((n) => ({ value: `${kind}/${n}`, label: n, description: kindWords[kind] })),
  }));
  const flat = options.flatMap((o) => o.options);
  return (
    <Confirm
      title={`Attach ${lastOf(arn)}`}
      action="Attach policy"
      disabled={chosen.length === 0}
      onClose={onClose}
      onConfirm={async () => {
        let last;
        try {
          for (const c of chosen) {
            const cut = c.indexOf('/');
            last = await holderOf(iam, c.slice(0, cut) as HolderKind, c.slice(cut + 1)).attach(arn);
          }
        } finally {
          onDone();
        }
        done(`Policy ${lastOf(arn)} was attached to ${flat.filter((o) => chosen.includes(o.value)).map((o) => o.label).join(', ')}.`, last);
      }}
    >
      <FormField label="Users, groups and roles" errorText={everybody.error?.message}>
        <Multiselect
          selectedOptions={flat.filter((o) => chosen.includes(o.value))}
          options={options.filter((o) => o.options.length > 0)}
          filteringType="auto"
          filteringAriaLabel="Find entities"
          placeholder="Choose entities"
          statusType={everybody.loading ? 'loading' : 'finished'}
          empty="Nobody is left to attach it to."
          onChange={(e) => setChosen(e.detail.selectedOptions.map((o) => o.value!))}
        />
      </FormField>
    </Confirm>
  );
}
