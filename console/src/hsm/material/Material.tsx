// The material of deleted keys of CloudHSM key stores: whether it is gone from the HSMs, and
// which backups may still have it.
import Alert from '@cloudscape-design/components/alert';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useSearchParams } from 'react-router';
import { Copy } from '../../ui/Copy';
import { Go } from '../../ui/Go';
import { Page } from '../../ui/Page';
import { ResourceTable, type Column } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import type { DeletedKey } from './deleted.ts';
import { Holding } from './Holding';
import { useDeletedKeys } from './lookUp.ts';

const statusWords = { SUCCESS: 'Deleted', FAILURE: 'Orphaned' };

const columns: Column<DeletedKey>[] = [
  { id: 'key', header: 'Key ID', value: (k) => k.keyId, cell: (k) => <Copy text={k.keyArn} shown={k.keyId} name="key ARN" />, isRowHeader: true },
  {
    id: 'status',
    header: 'Material in the HSMs',
    value: (k) => statusWords[k.status],
    cell: (k) => <StatusIndicator type={k.status === 'SUCCESS' ? 'success' : 'error'}>{statusWords[k.status]}</StatusIndicator>,
  },
  { id: 'deleted', header: 'Key deleted', value: (k) => k.deleted.getTime(), cell: (k) => <Time at={k.deleted} seconds /> },
  { id: 'cluster', header: 'Cluster ID', value: (k) => k.cluster, cell: (k) => <Go to={`/cloudhsm/clusters/${k.cluster}`}>{k.cluster}</Go> },
  { id: 'store', header: 'Key store ID', value: (k) => k.store, cell: (k) => <Go to={`/kms/cloudhsm-stores/${k.store}`}>{k.store}</Go> },
  { id: 'backing', header: 'Backing key ID', value: (k) => k.backingKeyIds.join(' '), cell: (k) => k.backingKeyIds.map((b) => <div key={b} style={{ overflowWrap: 'anywhere' }}>{b}</div>) },
];

export default function Material() {
  const keys = useDeletedKeys();
  const [search, setSearch] = useSearchParams();
  const chosen = keys.data?.find((k) => k.eventId === search.get('event'));
  const orphans = keys.data?.filter((k) => k.status === 'FAILURE').length ?? 0;
  return (
    <Page title="Key material" description="What became of the material of KMS keys that were deleted from AWS CloudHSM key stores.">
      {orphans > 0 && (
        <Alert type="warning" header={orphans === 1 ? 'The material of one deleted key is orphaned' : `The material of ${orphans} deleted keys is orphaned`}>
          KMS could not delete it when it deleted the key: the key store was not connected, or the HSMs did not answer. KMS does not try again.
        </Alert>
      )}
      <ResourceTable
        id="material"
        address="search"
        title="Deleted keys"
        one="deleted key"
        many="deleted keys"
        items={keys.data}
        loading={keys.loading}
        error={keys.error}
        reload={keys.reload}
        columns={columns}
        trackBy={(k) => k.eventId}
        sortedBy="deleted"
        descending
        selection="single"
        selected={chosen && [chosen]}
        onSelect={(k) => setSearch((q) => (k[0] ? q.set('event', k[0].eventId) : q.delete('event'), q), { replace: true })}
        description="Choose a key to see which backups may still hold its material."
        empty={{ title: 'No deleted keys', hint: 'CloudTrail’s event history knows of no key that was deleted from a CloudHSM key store.' }}
      />
      {chosen && <Holding key={chosen.eventId} deleted={chosen} />}
      <Alert type="info" header="What only the server’s operator can tell">
        This list comes from CloudTrail’s event history, which is 90 days long. It does not say whether orphaned material has been deleted since, and it has no material that was left by a key creation that failed.{' '}
        <code>keystead hsm orphans</code> on the server looks into the HSMs themselves, and can delete what it finds. <code>keystead hsm backups</code> knows when the material came into each cluster, also into clusters that a key store had
        before.
      </Alert>
    </Page>
  );
}
