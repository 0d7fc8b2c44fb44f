// The list of roles.
import { IAMClient, type Role } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { Copy } from '../../ui/Copy';
import { Go } from '../../ui/Go';
import { Page } from '../../ui/Page';
import { ResourceTable } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { listRoles } from '../lists';
import { decoded, holderPath } from '../names';
import { DeleteRole } from './DeleteRole';
import { trusted } from './trust';

export function Roles() {
  const iam = useClient(IAMClient);
  const go = useGo();
  const roles = useLoad((abortSignal) => listRoles(iam, { abortSignal }), [iam]);
  const [selected, setSelected] = useState<Role[]>([]);
  const [deleting, setDeleting] = useState(false);
  const trust = (r: Role) => trusted(decoded(r.AssumeRolePolicyDocument));
  const create = (
    <Button variant="primary" onClick={() => go('/iam/roles/create')}>
      Create role
    </Button>
  );
  return (
    <Page title="Roles" description="An IAM role is an identity with permissions whose credentials are valid for short durations. Roles can be assumed by entities that you trust.">
      <ResourceTable
        id="roles"
        address="q"
        title="Roles"
        one="role"
        many="roles"
        items={roles.data}
        loading={roles.loading}
        error={roles.error}
        reload={roles.reload}
        trackBy={(r) => r.RoleName!}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        sortedBy="name"
        columns={[
          { id: 'name', header: 'Role name', cell: (r) => <Go to={holderPath('role', r.RoleName!)}>{r.RoleName}</Go>, value: (r) => r.RoleName, isRowHeader: true },
          { id: 'trusted', header: 'Trusted entities', cell: trust, value: trust },
          { id: 'path', header: 'Path', cell: (r) => r.Path, value: (r) => r.Path },
          { id: 'description', header: 'Description', cell: (r) => r.Description || '–', value: (r) => r.Description },
          { id: 'created', header: 'Creation time', cell: (r) => <Time at={r.CreateDate} />, value: (r) => r.CreateDate?.getTime() },
          { id: 'arn', header: 'ARN', cell: (r) => <Copy text={r.Arn} name="ARN" />, value: (r) => r.Arn, hidden: true },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => setDeleting(true)}>
              Delete
            </Button>
            {create}
          </SpaceBetween>
        }
        empty={{ hint: 'Create a role for users of other accounts, for services, or for those who sign in elsewhere.', action: create }}
      />
      {deleting && selected[0] && (
        <DeleteRole
          name={selected[0].RoleName!}
          onClose={() => setDeleting(false)}
          onDone={() => {
            setSelected([]);
            roles.reload();
          }}
        />
      )}
    </Page>
  );
}
