// Changing and deleting a cluster.
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import { done } from '../../app/flash';
import { useHsmClient, type Cluster } from '../../app/hsm-client';
import { useGo } from '../../app/region';
import { Confirm } from '../../ui/Confirm';
import { checkRetention } from './checks.ts';

export function EditRetention({ cluster, reload, onClose }: { cluster: Cluster; reload: () => void; onClose: () => void }) {
  const client = useHsmClient();
  const [days, setDays] = useState(cluster.BackupRetentionPolicy?.Value ?? '90');
  const wrong = checkRetention(days);
  return (
    <Confirm
      title="Edit backup retention"
      action="Save changes"
      disabled={wrong !== undefined}
      onClose={onClose}
      onConfirm={async () => {
        const result = await client.call('ModifyCluster', { ClusterId: cluster.ClusterId, BackupRetentionPolicy: { Type: 'DAYS', Value: days } });
        done(`Backups of ${cluster.ClusterId} are kept for ${days} days.`, result);
        reload();
      }}
    >
      <FormField label="Backup retention period in days" constraintText="7 to 379 days." errorText={wrong}>
        <Input value={days} onChange={(e) => setDays(e.detail.value)} inputMode="numeric" autoComplete={false} />
      </FormField>
    </Confirm>
  );
}

export function DeleteCluster({ cluster, onClose }: { cluster: Cluster; onClose: () => void }) {
  const client = useHsmClient();
  const go = useGo();
  return (
    <Confirm
      title="Delete cluster"
      action="Delete"
      typed="delete"
      onClose={onClose}
      warning="Key stores that have this cluster cannot be connected any more, unless they are given a cluster that was restored from one of its backups."
      onConfirm={async () => {
        const result = await client.call('DeleteCluster', { ClusterId: cluster.ClusterId });
        done(`Cluster ${cluster.ClusterId} is being deleted.`, result);
        go('/cloudhsm/clusters');
      }}
    >
      Delete the cluster <b>{cluster.ClusterId}</b>? Its backups remain, and a cluster can be created from each of them.
    </Confirm>
  );
}
