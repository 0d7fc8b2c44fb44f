// Where the material of a deleted key may still be.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo } from 'react';
import { ErrorNote } from '../../ui/ErrorNote';
import { Go } from '../../ui/Go';
import { ResourceTable, type Column } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { Status, statusText } from '../Status';
import type { DeletedKey, Holders } from './deleted.ts';
import { useHolders } from './lookUp.ts';

type Row = Holders['backups'][number];

const columns: Column<Row>[] = [
  { id: 'id', header: 'Backup ID', value: (r) => r.backup.BackupId, cell: (r) => <Go to={`/cloudhsm/backups/${r.backup.BackupId}`}>{r.backup.BackupId}</Go>, isRowHeader: true },
  { id: 'state', header: 'State', value: (r) => statusText(r.backup.BackupState), cell: (r) => <Status state={r.backup.BackupState} /> },
  { id: 'cluster', header: 'Cluster ID', value: (r) => r.backup.ClusterId, cell: (r) => r.backup.ClusterId ?? '–' },
  { id: 'created', header: 'Creation date', value: (r) => r.backup.CreateTimestamp, cell: (r) => <Time at={r.backup.CreateTimestamp} seconds /> },
  { id: 'deleted', header: 'Deleted for good', value: (r) => r.backup.DeleteTimestamp, cell: (r) => <Time at={r.backup.DeleteTimestamp} /> },
  { id: 'why', header: 'Why', value: (r) => r.why, cell: (r) => <div style={{ whiteSpace: 'normal', minWidth: 150 }}>{r.why}</div> },
];

export function Holding({ deleted }: { deleted: DeletedKey }) {
  const found = useHolders(deleted);
  const { data } = found;
  const rows = useMemo(() => data?.holders.backups, [data]);
  if (found.error && !data) return <ErrorNote error={found.error} retry={found.reload} header="The backups could not be read" />;
  return (
    <SpaceBetween size="m">
      {deleted.status === 'FAILURE' && <Orphan deleted={deleted} />}
      <ResourceTable
        title="Backups that may still hold the material"
        one="backup"
        many="backups"
        items={rows}
        loading={found.loading}
        error={found.error}
        reload={found.reload}
        columns={columns}
        trackBy={(r) => r.backup.BackupId}
        sortedBy="created"
        description={
          data &&
          (data.created ? (
            <>
              The key was created <Time at={data.created} seconds />. Backups from then {deleted.status === 'SUCCESS' ? 'to its deletion' : 'on'} may have its material.
            </>
          ) : (
            'CloudTrail’s event history does not reach back to the creation of the key, so that all older backups of the cluster are listed.'
          ))
        }
        empty={{ title: 'No backup holds the material', hint: deleted.status === 'SUCCESS' ? 'The material is gone for good, unless the HSMs or their files were copied outside of CloudHSM.' : undefined }}
      />
      {data && data.holders.clusters.length > 0 && (
        <Alert type="warning" header="Clusters that were restored from these backups">
          {data.holders.clusters.map(({ cluster, from }) => (
            <Box key={cluster.ClusterId}>
              <Go to={`/cloudhsm/clusters/${cluster.ClusterId}`}>{cluster.ClusterId}</Go>, from {from}, has the material in its HSMs.
            </Box>
          ))}
        </Alert>
      )}
      {data && data.copies.length > 0 && (
        <Alert type="warning" header="Copies in other Regions">
          {data.copies.map(({ region, backup }) => (
            <Box key={backup.BackupId}>
              {backup.BackupId} in {region}, a copy of {backup.SourceBackup}, may have the material too.
            </Box>
          ))}
        </Alert>
      )}
      {rows && rows.length > 0 && <Alert type="info">To destroy the material for good, delete each of these backups. A deleted backup can be restored for seven days; then it is gone.</Alert>}
    </SpaceBetween>
  );
}

function Orphan({ deleted: { cluster, store } }: { deleted: DeletedKey }) {
  return (
    <Alert type="warning" header="The material is orphaned">
      <SpaceBetween size="xs">
        <div>It may still be in the HSMs. The API of KMS does not delete it. Disconnect the key store, then, on the server:</div>
        <pre className="code-view" tabIndex={0} aria-label="Commands that find and delete orphaned material">
          {`keystead hsm users change-password ${cluster} kmsuser\nkeystead hsm orphans ${cluster}\nkeystead hsm orphans ${cluster} --delete`}
        </pre>
        <div>
          Then give the <Go to={`/kms/cloudhsm-stores/${store}/edit`}>key store</Go> the new password of kmsuser, and connect it.
        </div>
      </SpaceBetween>
    </Alert>
  );
}
