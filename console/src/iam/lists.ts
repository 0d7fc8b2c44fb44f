// Lists of IAM's entities, and what belongs to a user, a group or a role: the same for all three,
// by operations that differ in their names alone.
import {
  AttachGroupPolicyCommand, AttachRolePolicyCommand, AttachUserPolicyCommand, DeleteGroupPolicyCommand, DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand, DeleteUserPermissionsBoundaryCommand, DeleteUserPolicyCommand, DetachGroupPolicyCommand, DetachRolePolicyCommand,
  DetachUserPolicyCommand, GetGroupPolicyCommand, GetRolePolicyCommand, GetUserPolicyCommand, IAMClient, ListAttachedGroupPoliciesCommand,
  ListAttachedRolePoliciesCommand, ListAttachedUserPoliciesCommand, ListGroupPoliciesCommand, ListGroupsCommand, ListGroupsForUserCommand,
  ListPoliciesCommand, ListRolePoliciesCommand, ListRolesCommand, ListUserPoliciesCommand, ListUsersCommand, PutGroupPolicyCommand,
  PutRolePermissionsBoundaryCommand, PutRolePolicyCommand, PutUserPermissionsBoundaryCommand, PutUserPolicyCommand, type PolicyScopeType,
} from '@aws-sdk/client-iam';
import { useMemo } from 'react';
import { useClient } from '../app/client';
import { everything, useLoad } from '../app/load';
import { decoded, type HolderKind } from './names';

type Options = { abortSignal?: AbortSignal };
interface Paged {
  IsTruncated?: boolean;
  Marker?: string;
}

/** all collects the pages of one of IAM's lists. */
export const all = <R extends Paged, T>(page: (at: { Marker?: string; MaxItems: number }) => Promise<R>, items: (r: R) => T[] | undefined, signal?: AbortSignal) =>
  everything<T>(async (Marker) => {
    const r = await page({ Marker, MaxItems: 1000 });
    return { items: items(r), next: r.IsTruncated ? r.Marker : undefined };
  }, signal);

export const listUsers = (iam: IAMClient, o: Options = {}) => all((p) => iam.send(new ListUsersCommand(p), o), (r) => r.Users, o.abortSignal);
export const listGroups = (iam: IAMClient, o: Options = {}) => all((p) => iam.send(new ListGroupsCommand(p), o), (r) => r.Groups, o.abortSignal);
export const listRoles = (iam: IAMClient, o: Options = {}) => all((p) => iam.send(new ListRolesCommand(p), o), (r) => r.Roles, o.abortSignal);
export const groupsOf = (iam: IAMClient, UserName: string, o: Options = {}) => all((p) => iam.send(new ListGroupsForUserCommand({ ...p, UserName }), o), (r) => r.Groups, o.abortSignal);
export const listPolicies = (iam: IAMClient, Scope: PolicyScopeType = 'All', o: Options = {}) => all((p) => iam.send(new ListPoliciesCommand({ ...p, Scope }), o), (r) => r.Policies, o.abortSignal);

/** usePolicies lists the managed policies. */
export function usePolicies() {
  const iam = useClient(IAMClient);
  return useLoad((abortSignal) => listPolicies(iam, 'All', { abortSignal }), [iam]);
}

/** Holder is what a user, a group or a role has of policies. */
export function holderOf(iam: IAMClient, kind: HolderKind, name: string) {
  const user = { UserName: name };
  const group = { GroupName: name };
  const role = { RoleName: name };
  return {
    attached: (o: Options = {}) => {
      const of = (p: { Marker?: string }) =>
        kind === 'user' ? iam.send(new ListAttachedUserPoliciesCommand({ ...user, ...p }), o)
        : kind === 'group' ? iam.send(new ListAttachedGroupPoliciesCommand({ ...group, ...p }), o)
        : iam.send(new ListAttachedRolePoliciesCommand({ ...role, ...p }), o);
      return all(of, (r) => r.AttachedPolicies, o.abortSignal);
    },
    attach: (PolicyArn: string) =>
      kind === 'user' ? iam.send(new AttachUserPolicyCommand({ ...user, PolicyArn }))
      : kind === 'group' ? iam.send(new AttachGroupPolicyCommand({ ...group, PolicyArn }))
      : iam.send(new AttachRolePolicyCommand({ ...role, PolicyArn })),
    detach: (PolicyArn: string) =>
      kind === 'user' ? iam.send(new DetachUserPolicyCommand({ ...user, PolicyArn }))
      : kind === 'group' ? iam.send(new DetachGroupPolicyCommand({ ...group, PolicyArn }))
      : iam.send(new DetachRolePolicyCommand({ ...role, PolicyArn })),
    inline: (o: Options = {}) => {
      const of = (p: { Marker?: string }) =>
        kind === 'user' ? iam.send(new ListUserPoliciesCommand({ ...user, ...p }), o)
        : kind === 'group' ? iam.send(new ListGroupPoliciesCommand({ ...group, ...p }), o)
        : iam.send(new ListRolePoliciesCommand({ ...role, ...p }), o);
      return all(of, (r) => r.PolicyNames, o.abortSignal);
    },
    document: async (PolicyName: string, o: Options = {}) => {
      const r = await (kind === 'user' ? iam.send(new GetUserPolicyCommand({ ...user, PolicyName }), o)
        : kind === 'group' ? iam.send(new GetGroupPolicyCommand({ ...group, PolicyName }), o)
        : iam.send(new GetRolePolicyCommand({ ...role, PolicyName }), o));
      return decoded(r.PolicyDocument);
    },
    put: (PolicyName: string, PolicyDocument: string) =>
      kind === 'user' ? iam.send(new PutUserPolicyCommand({ ...user, PolicyName, PolicyDocument }))
      : kind === 'group' ? iam.send(new PutGroupPolicyCommand({ ...group, PolicyName, PolicyDocument }))
      : iam.send(new PutRolePolicyCommand({ ...role, PolicyName, PolicyDocument })),
    remove: (PolicyName: string) =>
      kind === 'user' ? iam.send(new DeleteUserPolicyCommand({ ...user, PolicyName }))
      : kind === 'group' ? iam.send(new DeleteGroupPolicyCommand({ ...group, PolicyName }))
      : iam.send(new DeleteRolePolicyCommand({ ...role, PolicyName })),
    setBoundary: (PermissionsBoundary: string) =>
      kind === 'user' ? iam.send(new PutUserPermissionsBoundaryCommand({ ...user, PermissionsBoundary })) : iam.send(new PutRolePermissionsBoundaryCommand({ ...role, PermissionsBoundary })),
    removeBoundary: () => (kind === 'user' ? iam.send(new DeleteUserPermissionsBoundaryCommand(user)) : iam.send(new DeleteRolePermissionsBoundaryCommand(role))),
  };
}

export type Holder = ReturnType<typeof holderOf>;

export function useHolder(kind: HolderKind, name: string): Holder {
  const iam = useClient(IAMClient);
  return useMemo(() => holderOf(iam, kind, name), [iam, kind, name]);
}

/** inlineLimits are the quotas of all inline policies of one together, white space aside. */
export const inlineLimits: Record<HolderKind, number> = { user: 2048, group: 5120, role: 10240 };
/** managedLimit is the quota of a managed policy. */
export const managedLimit = 6144;
/** trustLimit is the quota of a trust policy. */
export const trustLimit = 2048;
