// The list of users.
import { GetAccessKeyLastUsedCommand, GetAccountAuthorizationDetailsCommand, IAMClient, ListAccessKeysCommand, type User } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { atOnce, useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { Copy } from '../../ui/Copy';
import { Go } from '../../ui/Go';
import { Page } from '../../ui/Page';
import { ResourceTable } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { all, listUsers } from '../lists';
import { holderPath } from '../names';
import { DeleteUser } from './DeleteUser';

/** looked is for how many users the use of access keys is asked about, which takes calls for each. */
const looked = 200;

interface More {
  groups: Map<string, string[]>;
  active: Map<string, Date>;
}

/** more is what the list of users does not tell; what the caller may not read stays out. */
async function more(iam: IAMClient, users: readonly User[], abortSignal: AbortSignal): Promise<More> {
  const groups = new Map<string, string[]>();
  const active = new Map<string, Date>();
  const groupsRead = all((p) => iam.send(new GetAccountAuthorizationDetailsCommand({ ...p, Filter: ['User'] }), { abortSignal }), (r) => r.UserDetailList, abortSignal)
    .then((list) => list.forEach((u) => groups.set(u.UserName!, u.GroupList ?? [])))
    .catch(() => undefined);
  await atOnce(users.slice(0, looked), async (u) => {
    const times = u.PasswordLastUsed ? [u.PasswordLastUsed] : [];
    try {
      const keys = (await iam.send(new ListAccessKeysCommand({ UserName: u.UserName }), { abortSignal })).AccessKeyMetadata ?? [];
      for (const k of keys) {
        const used = (await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: k.AccessKeyId }), { abortSignal })).AccessKeyLastUsed?.LastUsedDate;
        if (used) times.push(used);
      }
    } catch {
      // the password's last use is what there is
    }
    if (times.length > 0) active.set(u.UserName!, new Date(Math.max(...times.map(Number))));
  });
  await groupsRead;
  return { groups, active };
}

export function Users() {
  const iam = useClient(IAMClient);
  const go = useGo();
  const users = useLoad((abortSignal) => listUsers(iam, { abortSignal }), [iam]);
  const details = useLoad(users.data && ((signal) => more(iam, users.data!, signal)), [iam, users.data]);
  const [selected, setSelected] = useState<User[]>([]);
  const [deleting, setDeleting] = useState(false);
  const groupsOf = (u: User) => details.data?.groups.get(u.UserName!);
  const activeOf = (u: User) => details.data?.active.get(u.UserName!) ?? u.PasswordLastUsed;
  const create = (
    <Button variant="primary" onClick={() => go('/iam/users/create')}>
      Create user
    </Button>
  );
  return (
    <Page title="Users" description="An IAM user is an identity with long-term credentials that is used to interact with an account.">
      <ResourceTable
        id="users"
        address="q"
        title="Users"
        one="user"
        many="users"
        items={users.data}
        loading={users.loading}
        error={users.error}
        reload={users.reload}
        trackBy={(u) => u.UserName!}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        sortedBy="name"
        columns={[
          { id: 'name', header: 'User name', cell: (u) => <Go to={holderPath('user', u.UserName!)}>{u.UserName}</Go>, value: (u) => u.UserName, isRowHeader: true },
          { id: 'path', header: 'Path', cell: (u) => u.Path, value: (u) => u.Path },
          { id: 'groups', header: 'Groups', cell: (u) => (groupsOf(u)?.length ? groupsOf(u)!.join(', ') : (groupsOf(u) && '0') ?? '–'), value: (u) => groupsOf(u)?.join(', ') },
          { id: 'active', header: 'Last activity', cell: (u) => <Time at={activeOf(u)} />, value: (u) => activeOf(u)?.getTime() },
          { id: 'created', header: 'Creation time', cell: (u) => <Time at={u.CreateDate} />, value: (u) => u.CreateDate?.getTime() },
          { id: 'id', header: 'User ID', cell: (u) => u.UserId, value: (u) => u.UserId, hidden: true },
          { id: 'arn', header: 'ARN', cell: (u) => <Copy text={u.Arn} name="ARN" />, value: (u) => u.Arn, hidden: true },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => setDeleting(true)}>
              Delete
            </Button>
            {create}
          </SpaceBetween>
        }
        empty={{ hint: 'Create users for those who sign in, and for programs that have access keys.', action: create }}
      />
      {deleting && selected[0] && (
        <DeleteUser
          name={selected[0].UserName!}
          onClose={() => setDeleting(false)}
          onDone={() => {
            setSelected([]);
            users.reload();
          }}
        />
      )}
    </Page>
  );
}
