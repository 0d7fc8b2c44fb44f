// To whom a policy is attached.
import { IAMClient, ListEntitiesForPolicyCommand } from '@aws-sdk/client-iam';
import type { HolderKind } from '../names';

export interface Entity {
  kind: HolderKind;
  name: string;
  usage: 'Permissions policy' | 'Permissions boundary';
}

/** entitiesOf are the users, groups and roles that have a policy, or are bounded by it. */
export async function entitiesOf(iam: IAMClient, PolicyArn: string, abortSignal?: AbortSignal): Promise<Entity[]> {
  const found: Entity[] = [];
  for (const [PolicyUsageFilter, usage] of [['PermissionsPolicy', 'Permissions policy'], ['PermissionsBoundary', 'Permissions boundary']] as const) {
    let Marker: string | undefined;
    do {
      const r = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn, PolicyUsageFilter, Marker, MaxItems: 1000 }), { abortSignal });
      for (const u of r.PolicyUsers ?? []) found.push({ kind: 'user', name: u.UserName!, usage });
      for (const g of r.PolicyGroups ?? []) found.push({ kind: 'group', name: g.GroupName!, usage });
      for (const o of r.PolicyRoles ?? []) found.push({ kind: 'role', name: o.RoleName!, usage });
      Marker = r.IsTruncated ? r.Marker : undefined;
    } while (Marker);
  }
  return found;
}

export const kindWords: Record<HolderKind, string> = { user: 'User', group: 'User group', role: 'Role' };
