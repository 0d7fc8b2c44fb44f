// The list of user groups.
import { GetGroupCommand, IAMClient, type Group } from '@aws-sdk/client-iam';
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
import { all, listGroups } from '../lists';
import { holderPath } from '../names';
import { DeleteGroup } from './DeleteGroup';

export const membersOf = (iam: IAMClient, GroupName: string, abortSignal?: AbortSignal) => all((p) => iam.send(new GetGroupCommand({ ...p, GroupName }), { abortSignal }), (r) => r.Users, abortSignal);

export function Groups() {
  const iam = useClient(IAMClient);
  const go = useGo();
  const groups = useLoad((abortSignal) => listGroups(iam, { abortSignal }), [iam]);
  const counts = useLoad(
    groups.data &&
      (async (signal) => {
        const sizes = await atOnce(groups.data!, (g) => membersOf(iam, g.GroupName!, signal).then((m) => m.length, () => undefined));
        return new Map(groups.data!.map((g, i) => [g.GroupName, sizes[i]]));
      }),
    [iam, groups.data],
  );
  const [selected, setSelected] = useState<Group[]>([]);
  const [deleting, setDeleting] = useState(false);
  const create = (
    <Button variant="primary" onClick={() => go('/iam/groups/create')}>
      Create group
    </Button>
  );
  return (
    <Page title="User groups" description="A user group is a collection of IAM users. Use groups to specify permissions for many users at once.">
      <ResourceTable
        id="groups"
        address="q"
        title="User groups"
        one="group"
        many="groups"
        items={groups.data}
        loading={groups.loading}
        error={groups.error}
        reload={groups.reload}
        trackBy={(g) => g.GroupName!}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        sortedBy="name"
        columns={[
          { id: 'name', header: 'Group name', cell: (g) => <Go to={holderPath('group', g.GroupName!)}>{g.GroupName}</Go>, value: (g) => g.GroupName, isRowHeader: true },
          { id: 'users', header: 'Users', cell: (g) => counts.data?.get(g.GroupName) ?? '–', value: (g) => counts.data?.get(g.GroupName) },
          { id: 'path', header: 'Path', cell: (g) => g.Path, value: (g) => g.Path },
          { id: 'created', header: 'Creation time', cell: (g) => <Time at={g.CreateDate} />, value: (g) => g.CreateDate?.getTime() },
          { id: 'arn', header: 'ARN', cell: (g) => <Copy text={g.Arn} name="ARN" />, value: (g) => g.Arn, hidden: true },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => setDeleting(true)}>
              Delete
            </Button>
            {create}
          </SpaceBetween>
        }
        empty={{ hint: 'Create a group, give it permissions, and add users to it.', action: create }}
      />
      {deleting && selected[0] && (
        <DeleteGroup
          name={selected[0].GroupName!}
          onClose={() => setDeleting(false)}
          onDone={() => {
            setSelected([]);
            groups.reload();
          }}
        />
      )}
    </Page>
  );
}
