// The health of custom key stores.
import { DescribeCustomKeyStoresCommand, KMSClient, type CustomKeyStoresListEntry } from '@aws-sdk/client-kms';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import { useClient } from '../app/client';
import { everything, useLoad } from '../app/load';
import { Go } from '../ui/Go';
import { ResourceTable } from '../ui/ResourceTable';

const types: Record<string, StatusIndicatorProps.Type> = { CONNECTED: 'success', CONNECTING: 'in-progress', DISCONNECTING: 'in-progress', DISCONNECTED: 'stopped', FAILED: 'error' };
const external = (s: CustomKeyStoresListEntry) => s.CustomKeyStoreType === 'EXTERNAL_KEY_STORE';
const state = (s: CustomKeyStoresListEntry) => (s.ConnectionState ?? '').charAt(0) + (s.ConnectionState ?? '').slice(1).toLowerCase();

export function StoreHealth() {
  const kms = useClient(KMSClient);
  const stores = useLoad(
    (abortSignal) =>
      everything(async (Marker) => {
        const page = await kms.send(new DescribeCustomKeyStoresCommand({ Marker }), { abortSignal });
        return { items: page.CustomKeyStores, next: page.NextMarker };
      }, abortSignal),
    [kms],
  );
  return (
    <ResourceTable
      title="Key store health"
      one="key store"
      many="key stores"
      items={stores.data}
      loading={stores.loading}
      error={stores.error}
      reload={stores.reload}
      trackBy={(s) => s.CustomKeyStoreId!}
      pageSize={5}
      noFilter
      columns={[
        {
          id: 'name',
          header: 'Key store name',
          cell: (s) => <Go to={`/kms/${external(s) ? 'external' : 'cloudhsm'}-stores/${s.CustomKeyStoreId}`}>{s.CustomKeyStoreName}</Go>,
          value: (s) => s.CustomKeyStoreName,
          isRowHeader: true,
        },
        { id: 'type', header: 'Type', cell: (s) => (external(s) ? 'External' : 'CloudHSM'), value: (s) => s.CustomKeyStoreType },
        {
          id: 'state',
          header: 'Connection state',
          cell: (s) => (
            <StatusIndicator type={types[s.ConnectionState ?? ''] ?? 'info'}>
              {state(s)}
              {s.ConnectionErrorCode && ` (${s.ConnectionErrorCode})`}
            </StatusIndicator>
          ),
          value: (s) => s.ConnectionState,
        },
      ]}
      empty={{ hint: 'Keys can be held in your own HSMs, or outside behind a proxy.', action: <Go to="/kms/external-stores">Custom key stores</Go> }}
    />
  );
}
