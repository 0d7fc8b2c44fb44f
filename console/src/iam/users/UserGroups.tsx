// The groups of a user.
import { AddUserToGroupCommand, IAMClient, RemoveUserFromGroupCommand, type Group } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useLoad } from '../../app/load';
import { Confirm } from '../../ui/Confirm';
import { Go } from '../../ui/Go';
import { ResourceTable } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { ChooseNames } from '../choose';
import { groupsOf, listGroups } from '../lists';
import { holderPath } from '../names';

export function UserGroups({ name }: { name: string }) {
  const iam = useClient(IAMClient);
  const groups = useLoad((abortSignal) => groupsOf(iam, name, { abortSignal }), [iam, name]);
  const [selected, setSelected] = useState<Group[]>([]);
  const [open, setOpen] = useState<'add' | 'remove'>();
  const close = () => setOpen(undefined);
  const reload = () => {
    setSelected([]);
    groups.reload();
  };
  return (
    <>
      <ResourceTable
        title="User groups membership"
        description="The user has the permissions of its groups too."
        one="group"
        many="groups"
        items={groups.data}
        loading={groups.loading}
        error={groups.error}
        reload={groups.reload}
        trackBy={(g) => g.GroupName!}
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        sortedBy="name"
        columns={[
          { id: 'name', header: 'Group name', cell: (g) => <Go to={holderPath('group', g.GroupName!)}>{g.GroupName}</Go>, value: (g) => g.GroupName, isRowHeader: true },
          { id: 'created', header: 'Created', cell: (g) => <Time at={g.CreateDate} />, value: (g) => g.CreateDate?.getTime() },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => setOpen('remove')}>
              Remove
            </Button>
            <Button variant="primary" onClick={() => setOpen('add')}>
              Add user to groups
            </Button>
          </SpaceBetween>
        }
        empty={{ hint: 'The user is in no group. Groups give the same permissions to many users.' }}
      />
      {open === 'add' && <Add name={name} present={groups.data?.map((g) => g.GroupName!) ?? []} onClose={close} onDone={reload} />}
      {open === 'remove' && (
        <Confirm
          title="Remove user from groups?"
          action="Remove"
          onClose={close}
          onConfirm={async () => {
            let last;
            try {
              for (const g of selected) last = await iam.send(new RemoveUserFromGroupCommand({ UserName: name, GroupName: g.GroupName }));
            } finally {
              reload();
            }
            done(`User ${name} was removed from ${selected.map((g) => g.GroupName).join(', ')}.`, last);
          }}
        >
          Remove <b>{name}</b> from {selected.map((g) => g.GroupName).join(', ')}? The user loses the permissions of {selected.length === 1 ? 'this group' : 'these groups'}.
        </Confirm>
      )}
    </>
  );
}

function Add({ name, present, onClose, onDone }: { name: string; present: readonly string[]; onClose: () => void; onDone: () => void }) {
  const iam = useClient(IAMClient);
  const groups = useLoad(async (abortSignal) => (await listGroups(iam, { abortSignal })).map((g) => ({ name: g.GroupName!, created: g.CreateDate })), [iam]);
  const [chosen, setChosen] = useState<string[]>([]);
  return (
    <Confirm
      title={`Add ${name} to groups`}
      action="Add user to groups"
      size="large"
      disabled={chosen.length === 0}
      onClose={onClose}
      onConfirm={async () => {
        let last;
        try {
          for (const GroupName of chosen) last = await iam.send(new AddUserToGroupCommand({ UserName: name, GroupName }));
        } finally {
          onDone();
        }
        done(`User ${name} was added to ${chosen.join(', ')}.`, last);
      }}
    >
      <ChooseNames title="Other groups" one="group" many="groups" kind="group" list={groups} chosen={chosen} onChange={setChosen} without={present} />
    </Confirm>
  );
}
