// Users and roles of the account, to be chosen as administrators and users of a key.
import { IAMClient, ListRolesCommand, ListUsersCommand } from '@aws-sdk/client-iam';
import { useClient } from '../app/client';
import { everything, useLoad } from '../app/load';
import { ResourceTable, type Column } from '../ui/ResourceTable';

export interface Principal {
  arn: string;
  name: string;
  path: string;
  type: 'User' | 'Role';
}

/** usePrincipals lists the account's users and roles. */
export function usePrincipals() {
  const iam = useClient(IAMClient);
  return useLoad(
    async (signal) => {
      const options = { abortSignal: signal };
      const [users, roles] = await Promise.all([
        everything(async (Marker) => {
          const r = await iam.send(new ListUsersCommand({ Marker, MaxItems: 1000 }), options);
          return { items: r.Users, next: r.IsTruncated ? r.Marker : undefined };
        }, signal),
        everything(async (Marker) => {
          const r = await iam.send(new ListRolesCommand({ Marker, MaxItems: 1000 }), options);
          return { items: r.Roles, next: r.IsTruncated ? r.Marker : undefined };
        }, signal),
      ]);
      return [
        ...users.map((u): Principal => ({ arn: u.Arn!, name: u.UserName!, path: u.Path!, type: 'User' })),
        ...roles.map((r): Principal => ({ arn: r.Arn!, name: r.RoleName!, path: r.Path!, type: 'Role' })),
      ];
    },
    [iam],
  );
}

export type Principals = ReturnType<typeof usePrincipals>;

/** principalOf reads a principal's name, path and type from its ARN, as a policy has it. */
export function principalOf(arn: string): { arn: string; name: string; path: string; type: string } {
  const m = /^arn:[^:]+:(?:iam|sts)::\d*:(user|role|assumed-role|federated-user|root)(?:\/(.*))?$/.exec(arn);
  if (!m) return { arn, name: arn, path: '–', type: arn.startsWith('A') ? 'Deleted principal' : '–' };
  const rest = m[2] ?? '';
  const cut = rest.lastIndexOf('/') + 1;
  const types: Record<string, string> = { user: 'User', role: 'Role', 'assumed-role': 'Session of a role', 'federated-user': 'Federated user', root: 'Account' };
  return { arn, name: rest.slice(cut) || arn, path: `/${rest.slice(0, cut)}`, type: types[m[1]] };
}

const columns: readonly Column<Principal>[] = [
  { id: 'name', header: 'Name', cell: (p) => p.name, value: (p) => p.name, isRowHeader: true },
  { id: 'path', header: 'Path', cell: (p) => p.path, value: (p) => p.path },
  { id: 'type', header: 'Type', cell: (p) => p.type, value: (p) => p.type },
];

interface Props {
  title: string;
  principals: Principals;
  chosen: readonly string[];
  onChange: (arns: string[]) => void;
  /** principals that are left out */
  without?: readonly string[];
}

/** PrincipalTable chooses among the account's users and roles. */
export function PrincipalTable({ title, principals, chosen, onChange, without = [] }: Props) {
  const items = principals.data?.filter((p) => !without.includes(p.arn));
  return (
    <ResourceTable
      title={title}
      one="user or role"
      many="users and roles"
      items={items}
      loading={principals.loading}
      error={principals.error}
      reload={principals.reload}
      columns={columns}
      trackBy={(p) => p.arn}
      named={(p) => p.name}
      pageSize={10}
      selection="multi"
      selected={items?.filter((p) => chosen.includes(p.arn))}
      onSelect={(selected) => {
        const known = new Set(items?.map((p) => p.arn));
        onChange([...chosen.filter((arn) => !known.has(arn)), ...selected.map((p) => p.arn)]);
      }}
      counter={items ? `(${chosen.length}/${items.length})` : undefined}
      empty={{ hint: 'Create users and roles in IAM.' }}
    />
  );
}
