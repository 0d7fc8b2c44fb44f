// A user group: its users and its permissions.
import { AddUserToGroupCommand, GetGroupCommand, IAMClient, RemoveUserFromGroupCommand, UpdateGroupCommand, type User } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { Confirm } from '../../ui/Confirm';
import { Copy } from '../../ui/Copy';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { Go } from '../../ui/Go';
import { Page } from '../../ui/Page';
import { ResourceTable } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { ChooseNames } from '../choose';
import { listUsers } from '../lists';
import { holderPath, nameError, nameHint } from '../names';
import { Permissions } from '../Permissions';
import { DeleteGroup } from './DeleteGroup';
import { membersOf } from './Groups';

export function GroupPage() {
  const { name = '' } = useParams();
  const iam = useClient(IAMClient);
  const go = useGo();
  const [query, setQuery] = useSearchParams();
  const [open, setOpen] = useState<'delete' | 'rename'>();
  const group = useLoad(async (abortSignal) => (await iam.send(new GetGroupCommand({ GroupName: name, MaxItems: 1 }), { abortSignal })).Group!, [iam, name]);
  const g = group.data;
  const close = () => setOpen(undefined);
  return (
    <Page
      title={name}
      above={[{ text: 'User groups', path: '/iam/groups' }]}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button disabled={!g} onClick={() => setOpen('rename')}>
            Rename
          </Button>
          <Button disabled={!g} onClick={() => setOpen('delete')}>
            Delete
          </Button>
        </SpaceBetween>
      }
    >
      <ErrorNote error={group.error} retry={group.reload} />
      {!g && group.loading && <Loading />}
      {g && (
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">Summary</Header>}>
            <Fields
              items={[
                { label: 'User group name', value: g.GroupName },
                { label: 'ARN', value: <Copy text={g.Arn} name="ARN" /> },
                { label: 'Path', value: g.Path },
                { label: 'Created', value: <Time at={g.CreateDate} /> },
              ]}
            />
          </Container>
          <Tabs
            ariaLabel="Parts of the group"
            activeTabId={query.get('tab') ?? 'users'}
            onChange={(e) => setQuery({ tab: e.detail.activeTabId }, { replace: true })}
            tabs={[
              { id: 'users', label: 'Users', content: <Members name={name} /> },
              { id: 'permissions', label: 'Permissions', content: <Permissions kind="group" name={name} /> },
            ]}
          />
        </SpaceBetween>
      )}
      {open === 'delete' && <DeleteGroup name={name} onClose={close} onDone={() => go('/iam/groups')} />}
      {open === 'rename' && <Rename name={name} onClose={close} />}
    </Page>
  );
}

function Rename({ name: old, onClose }: { name: string; onClose: () => void }) {
  const iam = useClient(IAMClient);
  const go = useGo();
  const [name, setName] = useState(old);
  const wrong = nameError(name, 'group');
  return (
    <Confirm
      title={`Rename ${old}`}
      action="Save changes"
      disabled={!!wrong || name === old}
      onClose={onClose}
      onConfirm={async () => {
        done(`User group ${old} was renamed ${name}.`, await iam.send(new UpdateGroupCommand({ GroupName: old, NewGroupName: name })));
        go(holderPath('group', name), { replace: true });
      }}
    >
      <FormField label="User group name" constraintText={nameHint('group')} errorText={wrong}>
        <Input value={name} onChange={(e) => setName(e.detail.value)} autoComplete={false} />
      </FormField>
    </Confirm>
  );
}

function Members({ name }: { name: string }) {
  const iam = useClient(IAMClient);
  const members = useLoad((signal) => membersOf(iam, name, signal), [iam, name]);
  const [selected, setSelected] = useState<User[]>([]);
  const [open, setOpen] = useState<'add' | 'remove'>();
  const close = () => setOpen(undefined);
  const reload = () => {
    setSelected([]);
    members.reload();
  };
  return (
    <>
      <ResourceTable
        title="Users in this group"
        one="user"
        many="users"
        items={members.data}
        loading={members.loading}
        error={members.error}
        reload={members.reload}
        trackBy={(u) => u.UserName!}
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        sortedBy="name"
        columns={[
          { id: 'name', header: 'User name', cell: (u) => <Go to={holderPath('user', u.UserName!)}>{u.UserName}</Go>, value: (u) => u.UserName, isRowHeader: true },
          { id: 'path', header: 'Path', cell: (u) => u.Path, value: (u) => u.Path },
          { id: 'created', header: 'Creation time', cell: (u) => <Time at={u.CreateDate} />, value: (u) => u.CreateDate?.getTime() },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => setOpen('remove')}>
              Remove users
            </Button>
            <Button variant="primary" onClick={() => setOpen('add')}>
              Add users
            </Button>
          </SpaceBetween>
        }
        empty={{ hint: 'Add users: they have the permissions of the group.' }}
      />
      {open === 'add' && <AddUsers name={name} present={members.data?.map((u) => u.UserName!) ?? []} onClose={close} onDone={reload} />}
      {open === 'remove' && (
        <Confirm
          title="Remove users from the group?"
          action="Remove"
          onClose={close}
          onConfirm={async () => {
            let last;
            try {
              for (const u of selected) last = await iam.send(new RemoveUserFromGroupCommand({ GroupName: name, UserName: u.UserName }));
            } finally {
              reload();
            }
            done(`${selected.map((u) => u.UserName).join(', ')} left ${name}.`, last);
          }}
        >
          Remove {selected.map((u) => u.UserName).join(', ')} from <b>{name}</b>? They lose the permissions of the group.
        </Confirm>
      )}
    </>
  );
}

function AddUsers({ name, present, onClose, onDone }: { name: string; present: readonly string[]; onClose: () => void; onDone: () => void }) {
  const iam = useClient(IAMClient);
  const users = useLoad(async (abortSignal) => (await listUsers(iam, { abortSignal })).map((u) => ({ name: u.UserName!, created: u.CreateDate })), [iam]);
  const [chosen, setChosen] = useState<string[]>([]);
  return (
    <Confirm
      title={`Add users to ${name}`}
      action="Add users"
      size="large"
      disabled={chosen.length === 0}
      onClose={onClose}
      onConfirm={async () => {
        let last;
        try {
          for (const UserName of chosen) last = await iam.send(new AddUserToGroupCommand({ GroupName: name, UserName }));
        } finally {
          onDone();
        }
        done(`${chosen.join(', ')} joined ${name}.`, last);
      }}
    >
      <ChooseNames title="Other users" one="user" many="users" kind="user" list={users} chosen={chosen} onChange={setChosen} without={present} />
    </Confirm>
  );
}
