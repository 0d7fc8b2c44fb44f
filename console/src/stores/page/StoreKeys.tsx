// The KMS keys of a key store.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import { useMemo } from 'react';
import { useGo } from '../../app/region';
import { Copy } from '../../ui/Copy';
import { Go } from '../../ui/Go';
import { ResourceTable, type Column } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import type { KeyStore } from '../data';
import type { StoreType } from '../words.ts';
import { useStoreKeys, type StoreKey } from './storeKeys.ts';

const states: Record<string, [StatusIndicatorProps.Type, string]> = {
  Creating: ['in-progress', 'Creating'],
  Enabled: ['success', 'Enabled'],
  Disabled: ['stopped', 'Disabled'],
  PendingDeletion: ['warning', 'Pending deletion'],
  Unavailable: ['error', 'Unavailable'],
  Updating: ['in-progress', 'Updating'],
};

function KeyState({ state }: { state?: string }) {
  const [type, text] = states[state ?? ''] ?? ['info', state ?? '–'];
  return <StatusIndicator type={type}>{text}</StatusIndicator>;
}

const columns = (type: StoreType): Column<StoreKey>[] => [
  { id: 'aliases', header: 'Aliases', value: (k) => k.aliases.join(', '), cell: (k) => k.aliases.join(', ') || '–' },
  { id: 'id', header: 'Key ID', value: (k) => k.KeyId, cell: (k) => <Go to={`/kms/keys/${k.KeyId}`}>{k.KeyId}</Go>, isRowHeader: true },
  { id: 'state', header: 'Status', value: (k) => states[k.KeyState ?? '']?.[1] ?? k.KeyState, cell: (k) => <KeyState state={k.KeyState} /> },
  ...(type === 'EXTERNAL_KEY_STORE'
    ? [{ id: 'external', header: 'External key ID', value: (k: StoreKey) => k.XksKeyConfiguration?.Id, cell: (k: StoreKey) => <Copy text={k.XksKeyConfiguration?.Id} name="external key ID" /> }]
    : []),
  { id: 'created', header: 'Creation date', value: (k) => k.CreationDate?.getTime(), cell: (k) => <Time at={k.CreationDate} /> },
  { id: 'deletion', header: 'Deletion date', value: (k) => k.DeletionDate?.getTime(), cell: (k) => <Time at={k.DeletionDate} /> },
];

export function StoreKeys({ store, type }: { store: KeyStore; type: StoreType }) {
  const search = useStoreKeys(store.CustomKeyStoreId);
  const go = useGo();
  const connected = store.ConnectionState === 'CONNECTED';
  const shown = useMemo(() => columns(type), [type]);
  const create = (
    <Button
      variant="primary"
      disabled={!connected}
      disabledReason="Connect the key store to create a KMS key in it."
      onClick={() => go(`/kms/keys/create?store=${encodeURIComponent(store.CustomKeyStoreId)}`)}
    >
      Create a KMS key in this key store
    </Button>
  );
  return (
    <SpaceBetween size="s">
      {search.hidden > 0 && (
        <Alert type="warning">
          {search.hidden === 1 ? 'One key' : `${search.hidden} keys`} of this account could not be looked at. You may not be allowed to describe {search.hidden === 1 ? 'it' : 'them'}.
        </Alert>
      )}
      <ResourceTable
        id={`keys-of-${type}`}
        title="KMS keys"
        one="key"
        many="keys"
        items={search.loading && search.looked === 0 ? undefined : search.keys}
        loading={search.loading}
        error={search.error}
        reload={search.reload}
        columns={shown}
        trackBy={(k) => k.KeyId}
        actions={create}
        description={search.loading && search.looked > 0 ? `Looking through the keys of this account: ${search.looked.toLocaleString('en-US')} so far.` : undefined}
        empty={{
          title: search.loading ? 'No keys found yet' : 'No KMS keys in this key store',
          hint: connected ? 'Create a KMS key whose material is in this key store.' : 'Connect the key store, and create a KMS key in it.',
        }}
      />
    </SpaceBetween>
  );
}
