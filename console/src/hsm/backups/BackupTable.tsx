// Backups: of the account, or of one cluster.
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { Backup } from '../../app/hsm-client';
import { useGo } from '../../app/region';
import { Go } from '../../ui/Go';
import { ResourceTable, type Column } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { useBackups } from '../data';
import { Status, statusText } from '../Status';
import { BackupDialog, type BackupAction } from './dialogs';

export const columns: Column<Backup>[] = [
  { id: 'id', header: 'Backup ID', value: (b) => b.BackupId, cell: (b) => <Go to={`/cloudhsm/backups/${b.BackupId}`}>{b.BackupId}</Go>, isRowHeader: true },
  { id: 'state', header: 'State', value: (b) => statusText(b.BackupState), cell: (b) => <Status state={b.BackupState} /> },
  { id: 'cluster', header: 'Cluster ID', value: (b) => b.ClusterId, cell: (b) => (b.ClusterId ? <Go to={`/cloudhsm/clusters/${b.ClusterId}`}>{b.ClusterId}</Go> : '–') },
  { id: 'created', header: 'Creation date', value: (b) => b.CreateTimestamp, cell: (b) => <Time at={b.CreateTimestamp} /> },
  { id: 'expires', header: 'Never expires', value: (b) => String(b.NeverExpires ?? false), cell: (b) => (b.NeverExpires ? 'Yes' : 'No') },
  { id: 'deleted', header: 'Deleted for good', value: (b) => b.DeleteTimestamp, cell: (b) => <Time at={b.DeleteTimestamp} /> },
  { id: 'source', header: 'Copied from', value: (b) => b.SourceBackup, cell: (b) => (b.SourceBackup ? `${b.SourceBackup} (${b.SourceRegion})` : '–'), hidden: true },
];

export function BackupTable({ cluster }: { cluster?: string }) {
  const backups = useBackups(cluster);
  const go = useGo();
  const [chosen, setChosen] = useState<string>();
  const [open, setOpen] = useState<BackupAction>();
  const backup = backups.data?.find((b) => b.BackupId === chosen);
  return (
    <>
      <ResourceTable
        id="backups"
        address={cluster ? undefined : 'search'}
        title="Backups"
        one="backup"
        many="backups"
        items={backups.data}
        loading={backups.loading}
        error={backups.error}
        reload={backups.reload}
        columns={columns}
        trackBy={(b) => b.BackupId}
        sortedBy="created"
        descending
        selection="single"
        selected={backup && [backup]}
        onSelect={(b) => setChosen(b[0]?.BackupId)}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <BackupActions backup={backup} onAction={setOpen} />
            <Button disabled={backup?.BackupState !== 'READY'} onClick={() => go(`/cloudhsm/clusters/create?backup=${backup!.BackupId}`)}>
              Create cluster
            </Button>
          </SpaceBetween>
        }
        empty={{ hint: 'A cluster is backed up when it is initialized, when HSMs are added or removed, and each day.' }}
      />
      {open && backup && <BackupDialog action={open} backup={backup} reload={backups.reload} onClose={() => setOpen(undefined)} />}
    </>
  );
}

export function BackupActions({ backup, onAction }: { backup?: Backup; onAction: (a: BackupAction) => void }) {
  const ready = backup?.BackupState === 'READY';
  const notReady = backup && `The backup is in the state ${statusText(backup.BackupState).toLowerCase()}.`;
  return (
    <ButtonDropdown
      disabled={!backup}
      expandToViewport
      items={[
        { id: 'delete', text: 'Delete', disabled: !ready, disabledReason: notReady },
        { id: 'restore', text: 'Restore', disabled: backup?.BackupState !== 'PENDING_DELETION', disabledReason: 'Only a backup whose deletion is pending can be restored.' },
        { id: 'copy', text: 'Copy to another Region', disabled: !ready, disabledReason: notReady },
        { id: 'expire', text: backup?.NeverExpires ? 'Let it expire' : 'Let it never expire', disabled: !ready, disabledReason: notReady },
      ]}
      onItemClick={(e) => onAction(e.detail.id as BackupAction)}
    >
      Actions
    </ButtonDropdown>
  );
}
