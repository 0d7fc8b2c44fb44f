// What can be done with a backup.
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { done } from '../../app/flash';
import { useHsmClient, type Backup } from '../../app/hsm-client';
import { useLoad } from '../../app/load';
import { useRegion } from '../../app/region';
import { getSettings } from '../../signin/api';
import { Confirm } from '../../ui/Confirm';

export type BackupAction = 'delete' | 'restore' | 'copy' | 'expire';

interface Props {
  backup: Backup;
  reload: () => void;
  onClose: () => void;
}

export function BackupDialog({ action, ...props }: Props & { action: BackupAction }) {
  switch (action) {
    case 'delete':
      return <Delete {...props} />;
    case 'restore':
      return <Restore {...props} />;
    case 'copy':
      return <Copy {...props} />;
    case 'expire':
      return <Expire {...props} />;
  }
}

function Delete({ backup: { BackupId }, reload, onClose }: Props) {
  const client = useHsmClient();
  return (
    <Confirm
      title="Delete backup"
      action="Delete"
      typed="delete"
      onClose={onClose}
      warning="After seven days, keys that are in no other backup and in no HSM are gone for good, and with them what is encrypted under them."
      onConfirm={async () => {
        const result = await client.call('DeleteBackup', { BackupId });
        done(`Backup ${BackupId} will be deleted for good in seven days.`, result);
        reload();
      }}
    >
      Delete the backup <b>{BackupId}</b>? It can be restored for seven days.
    </Confirm>
  );
}

function Restore({ backup: { BackupId }, reload, onClose }: Props) {
  const client = useHsmClient();
  return (
    <Confirm
      title="Restore backup"
      action="Restore"
      onClose={onClose}
      onConfirm={async () => {
        const result = await client.call('RestoreBackup', { BackupId });
        done(`Backup ${BackupId} is restored.`, result);
        reload();
      }}
    >
      Take the deletion of the backup <b>{BackupId}</b> back?
    </Confirm>
  );
}

function Copy({ backup: { BackupId }, reload, onClose }: Props) {
  const client = useHsmClient();
  const here = useRegion();
  const settings = useLoad(getSettings, []);
  const regions = (settings.data?.regions ?? []).filter((r) => r !== here);
  const [region, setRegion] = useState('');
  return (
    <Confirm
      title="Copy backup to another Region"
      action="Copy"
      disabled={!region}
      onClose={onClose}
      onConfirm={async () => {
        const result = await client.call('CopyBackupToRegion', { BackupId, DestinationRegion: region });
        done(`Backup ${BackupId} is being copied to ${region}.`, result);
        reload();
      }}
    >
      <SpaceBetween size="m">
        <div>The copy is a backup of its own: it is deleted by itself, and a cluster can be created from it in its Region.</div>
        <FormField label="Destination Region" constraintText={settings.data && regions.length === 0 ? 'This server serves no other Region.' : undefined}>
          <Select
            selectedOption={region ? { value: region, label: region } : null}
            options={regions.map((value) => ({ value, label: value }))}
            onChange={(e) => setRegion(e.detail.selectedOption.value!)}
            placeholder="Choose a Region"
            empty="No other Region"
          />
        </FormField>
      </SpaceBetween>
    </Confirm>
  );
}

function Expire({ backup: { BackupId, NeverExpires }, reload, onClose }: Props) {
  const client = useHsmClient();
  return (
    <Confirm
      title={NeverExpires ? 'Let backup expire' : 'Let backup never expire'}
      action="Save changes"
      onClose={onClose}
      onConfirm={async () => {
        const result = await client.call('ModifyBackupAttributes', { BackupId, NeverExpires: !NeverExpires });
        done(NeverExpires ? `Backup ${BackupId} expires as its cluster's retention says.` : `Backup ${BackupId} never expires.`, result);
        reload();
      }}
    >
      {NeverExpires ? 'It is deleted when the retention period of its cluster has passed.' : 'It stays until somebody deletes it, whatever the retention period of its cluster is.'}
    </Confirm>
  );
}
