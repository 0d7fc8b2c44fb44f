// Deleting a user group: its users leave it, and its policies go, first.
import { DeleteGroupCommand, IAMClient, RemoveUserFromGroupCommand } from '@aws-sdk/client-iam';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useLoad } from '../../app/load';
import { Confirm } from '../../ui/Confirm';
import { ErrorNote } from '../../ui/ErrorNote';
import { Loading } from '../../ui/Field';
import { useHolder } from '../lists';
import { membersOf } from './Groups';

export function DeleteGroup({ name, onClose, onDone }: { name: string; onClose: () => void; onDone: () => void }) {
  const iam = useClient(IAMClient);
  const holder = useHolder('group', name);
  const hangs = useLoad(
    async (abortSignal) => {
      const [members, attached, inline] = await Promise.all([membersOf(iam, name, abortSignal), holder.attached({ abortSignal }), holder.inline({ abortSignal })]);
      return { members, attached, inline };
    },
    [iam, holder],
  );
  const h = hangs.data;
  return (
    <Confirm
      title={`Delete ${name}?`}
      action="Delete"
      typed={name}
      disabled={!h}
      onClose={onClose}
      onConfirm={async () => {
        for (const u of h!.members) await iam.send(new RemoveUserFromGroupCommand({ GroupName: name, UserName: u.UserName }));
        for (const p of h!.attached) await holder.detach(p.PolicyArn!);
        for (const p of h!.inline) await holder.remove(p);
        done(`User group ${name} was deleted.`, await iam.send(new DeleteGroupCommand({ GroupName: name })));
        onDone();
      }}
    >
      <SpaceBetween size="s">
        <div>
          Delete user group <b>{name}</b> permanently? You can’t undo this action.
        </div>
        <ErrorNote error={hangs.error} retry={hangs.reload} />
        {!h && hangs.loading && <Loading lines={2} />}
        {h && h.members.length > 0 && <div>These users leave it, and lose its permissions: {h.members.map((u) => u.UserName).join(', ')}</div>}
        {h && h.attached.length > 0 && <div>These policies are detached: {h.attached.map((p) => p.PolicyName).join(', ')}</div>}
        {h && h.inline.length > 0 && <div>These inline policies are deleted: {h.inline.join(', ')}</div>}
      </SpaceBetween>
    </Confirm>
  );
}
