// Deleting a policy: it is detached, and its other versions are deleted, first.
import { DeletePolicyCommand, DeletePolicyVersionCommand, IAMClient, ListPolicyVersionsCommand } from '@aws-sdk/client-iam';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useLoad } from '../../app/load';
import { Confirm } from '../../ui/Confirm';
import { ErrorNote } from '../../ui/ErrorNote';
import { Loading } from '../../ui/Field';
import { all, holderOf } from '../lists';
import { lastOf } from '../names';
import { entitiesOf } from './attached';

export function DeletePolicy({ arn, onClose, onDone }: { arn: string; onClose: () => void; onDone: () => void }) {
  const iam = useClient(IAMClient);
  const name = lastOf(arn);
  const hangs = useLoad(
    async (abortSignal) => {
      const [entities, versions] = await Promise.all([
        entitiesOf(iam, arn, abortSignal),
        all((p) => iam.send(new ListPolicyVersionsCommand({ ...p, PolicyArn: arn }), { abortSignal }), (r) => r.Versions, abortSignal),
      ]);
      return { entities, versions: versions.filter((v) => !v.IsDefaultVersion) };
    },
    [iam, arn],
  );
  const h = hangs.data;
  const bounded = h?.entities.filter((e) => e.usage === 'Permissions boundary') ?? [];
  const attached = h?.entities.filter((e) => e.usage === 'Permissions policy') ?? [];
  return (
    <Confirm
      title={`Delete ${name}?`}
      action="Delete"
      typed={name}
      disabled={!h || bounded.length > 0}
      warning={bounded.length > 0 && `This policy is the permissions boundary of ${bounded.map((e) => e.name).join(', ')}. Change or remove the boundary first.`}
      onClose={onClose}
      onConfirm={async () => {
        for (const e of attached) await holderOf(iam, e.kind, e.name).detach(arn);
        for (const v of h!.versions) await iam.send(new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId: v.VersionId }));
        done(`Policy ${name} was deleted.`, await iam.send(new DeletePolicyCommand({ PolicyArn: arn })));
        onDone();
      }}
    >
      <SpaceBetween size="s">
        <div>
          Delete policy <b>{name}</b> permanently, with all its versions? You can’t undo this action.
        </div>
        <ErrorNote error={hangs.error} retry={hangs.reload} />
        {!h && hangs.loading && <Loading lines={2} />}
        {attached.length > 0 && <div>It is detached first from {attached.map((e) => e.name).join(', ')}, who lose what it allows.</div>}
      </SpaceBetween>
    </Confirm>
  );
}
