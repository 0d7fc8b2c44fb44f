// Deleting a user: what hangs on it is told, and removed first, as the service asks for it.
import {
  DeleteAccessKeyCommand, DeleteLoginProfileCommand, DeleteUserCommand, DeleteUserPermissionsBoundaryCommand, GetLoginProfileCommand, GetUserCommand, IAMClient, ListAccessKeysCommand,
  RemoveUserFromGroupCommand,
} from '@aws-sdk/client-iam';
import Alert from '@cloudscape-design/components/alert';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useLoad } from '../../app/load';
import { Confirm } from '../../ui/Confirm';
import { ErrorNote } from '../../ui/ErrorNote';
import { Loading } from '../../ui/Field';
import { groupsOf, useHolder } from '../lists';

interface Props {
  name: string;
  onClose: () => void;
  onDone: () => void;
}

export const noSuchEntity = (e: unknown) => /^NoSuchEntity(Exception)?$/.test((e as Error).name);

/** loginProfileOf says whether a user has a password for the console, by default the caller. */
export async function loginProfileOf(iam: IAMClient, UserName: string | undefined, abortSignal?: AbortSignal) {
  try {
    return (await iam.send(new GetLoginProfileCommand({ UserName }), { abortSignal })).LoginProfile;
  } catch (e) {
    if (noSuchEntity(e)) return undefined;
    throw e;
  }
}

export function DeleteUser({ name, onClose, onDone }: Props) {
  const iam = useClient(IAMClient);
  const holder = useHolder('user', name);
  const hangs = useLoad(
    async (abortSignal) => {
      const o = { abortSignal };
      const [user, keys, profile, groups, attached, inline] = await Promise.all([
        iam.send(new GetUserCommand({ UserName: name }), o),
        iam.send(new ListAccessKeysCommand({ UserName: name }), o),
        loginProfileOf(iam, name, abortSignal),
        groupsOf(iam, name, o),
        holder.attached(o),
        holder.inline(o),
      ]);
      return { boundary: user.User?.PermissionsBoundary, keys: keys.AccessKeyMetadata ?? [], profile, groups, attached, inline };
    },
    [iam, holder, name],
  );
  const h = hangs.data;
  const parts = h
    ? [
        h.profile && 'its console password',
        h.keys.length > 0 && `${h.keys.length} access ${h.keys.length === 1 ? 'key' : 'keys'}: ${h.keys.map((k) => k.AccessKeyId).join(', ')}`,
        h.groups.length > 0 && `its place in the groups ${h.groups.map((g) => g.GroupName).join(', ')}`,
        h.attached.length > 0 && `attached policies: ${h.attached.map((p) => p.PolicyName).join(', ')}`,
        h.inline.length > 0 && `inline policies: ${h.inline.join(', ')}`,
        h.boundary && 'its permissions boundary',
      ].filter((p) => typeof p === 'string')
    : [];
  const active = h?.keys.filter((k) => k.Status === 'Active').length ?? 0;
  return (
    <Confirm
      title={`Delete ${name}?`}
      action="Delete user"
      typed={name}
      disabled={!h}
      onClose={onClose}
      onConfirm={async () => {
        const UserName = name;
        if (h!.profile) await iam.send(new DeleteLoginProfileCommand({ UserName }));
        for (const k of h!.keys) await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: k.AccessKeyId }));
        for (const g of h!.groups) await iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName: g.GroupName }));
        for (const p of h!.attached) await holder.detach(p.PolicyArn!);
        for (const p of h!.inline) await holder.remove(p);
        if (h!.boundary) await iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName }));
        done(`User ${name} was deleted.`, await iam.send(new DeleteUserCommand({ UserName })));
        onDone();
      }}
    >
      <SpaceBetween size="s">
        <div>
          Delete user <b>{name}</b> permanently? This deletes all user data, security credentials and inline policies. You can’t undo this action.
        </div>
        <ErrorNote error={hangs.error} retry={hangs.reload} />
        {!h && hangs.loading && <Loading lines={2} />}
        {parts.length > 0 && (
          <div>
            These are removed first:
            <ul>
              {parts.map((p) => (
                <li key={p}>{p}</li>
              ))}
            </ul>
          </div>
        )}
        {active > 0 && <Alert type="warning">The user has {active === 1 ? 'an active access key' : `${active} active access keys`}. Programs that use {active === 1 ? 'it' : 'them'} stop working.</Alert>}
      </SpaceBetween>
    </Confirm>
  );
}
