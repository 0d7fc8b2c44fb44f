// Deleting a role: its policies go first.
import { DeleteRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useLoad } from '../../app/load';
import { Confirm } from '../../ui/Confirm';
import { ErrorNote } from '../../ui/ErrorNote';
import { Loading } from '../../ui/Field';
import { useHolder } from '../lists';

export function DeleteRole({ name, onClose, onDone }: { name: string; onClose: () => void; onDone: () => void }) {
  const iam = useClient(IAMClient);
  const holder = useHolder('role', name);
  const hangs = useLoad(
    async (abortSignal) => {
      const [attached, inline] = await Promise.all([holder.attached({ abortSignal }), holder.inline({ abortSignal })]);
      return { attached, inline };
    },
    [holder],
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
        for (const p of h!.attached) await holder.detach(p.PolicyArn!);
        for (const p of h!.inline) await holder.remove(p);
        done(`Role ${name} was deleted.`, await iam.send(new DeleteRoleCommand({ RoleName: name })));
        onDone();
      }}
    >
      <SpaceBetween size="s">
        <div>
          Delete role <b>{name}</b> permanently? Whoever uses it now loses access, and nobody can assume it again. You can’t undo this action.
        </div>
        <ErrorNote error={hangs.error} retry={hangs.reload} />
        {!h && hangs.loading && <Loading lines={2} />}
        {h && h.attached.length > 0 && <div>These policies are detached first: {h.attached.map((p) => p.PolicyName).join(', ')}</div>}
        {h && h.inline.length > 0 && <div>These inline policies are deleted: {h.inline.join(', ')}</div>}
      </SpaceBetween>
    </Confirm>
  );
}
