// The key stores of a type.
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo, useState } from 'react';
import { useGo } from '../app/region';
import { Copy } from '../ui/Copy';
import { Go } from '../ui/Go';
import { Page } from '../ui/Page';
import { ResourceTable, type Column } from '../ui/ResourceTable';
import { Time } from '../ui/Time';
import { useStores, type KeyStore } from './data';
import { State } from './State';
import { StoreActions } from './StoreActions';
import { connectivityWords, stateWords, storePath, words, type StoreType } from './words.ts';

const common = (type: StoreType): Column<KeyStore>[] => [
  {
    id: 'name',
    header: 'Custom key store name',
    value: (s) => s.CustomKeyStoreName,
    cell: (s) => <Go to={storePath(type, s.CustomKeyStoreId)}>{s.CustomKeyStoreName}</Go>,
    isRowHeader: true,
  },
  { id: 'id', header: 'Custom key store ID', value: (s) => s.CustomKeyStoreId, cell: (s) => <Copy text={s.CustomKeyStoreId} name="custom key store ID" /> },
  {
    id: 'state',
    header: 'Connection state',
    value: (s) => [stateWords[s.ConnectionState], s.ConnectionErrorCode].filter(Boolean).join(' '),
    cell: (s) => <State store={s} type={type} />,
  },
  { id: 'error', header: 'Connection error code', value: (s) => s.ConnectionErrorCode, cell: (s) => s.ConnectionErrorCode ?? '–', hidden: true },
];

const created: Column<KeyStore> = { id: 'created', header: 'Creation date', value: (s) => s.CreationDate?.getTime(), cell: (s) => <Time at={s.CreationDate} /> };

const own: Record<StoreType, Column<KeyStore>[]> = {
  AWS_CLOUDHSM: [
    {
      id: 'cluster',
      header: 'CloudHSM cluster ID',
      value: (s) => s.CloudHsmClusterId,
      cell: (s) => <Go to={`/cloudhsm/clusters/${s.CloudHsmClusterId}`}>{s.CloudHsmClusterId}</Go>,
    },
  ],
  EXTERNAL_KEY_STORE: [
    { id: 'endpoint', header: 'Proxy URI endpoint', value: (s) => s.XksProxyConfiguration?.UriEndpoint, cell: (s) => s.XksProxyConfiguration?.UriEndpoint },
    { id: 'path', header: 'Proxy URI path', value: (s) => s.XksProxyConfiguration?.UriPath, cell: (s) => s.XksProxyConfiguration?.UriPath },
    {
      id: 'connectivity',
      header: 'Proxy connectivity',
      value: (s) => connectivityWords[s.XksProxyConfiguration?.Connectivity ?? ''],
      cell: (s) => connectivityWords[s.XksProxyConfiguration?.Connectivity ?? ''] ?? '–',
    },
  ],
};

export function StoreList({ type }: { type: StoreType }) {
  const stores = useStores(type);
  const go = useGo();
  const [chosen, setChosen] = useState<string>();
  const columns = useMemo(() => [...common(type), ...own[type], created], [type]);
  const { title, one, many, list, about } = words[type];
  const store = stores.data?.find((s) => s.CustomKeyStoreId === chosen);
  const create = () => go(`${list}/create`);
  return (
    <Page title={title} description={about}>
      <ResourceTable
        id={list}
        address="search"
        title={title}
        one={one}
        many={many}
        items={stores.data}
        loading={stores.loading}
        error={stores.error}
        reload={stores.reload}
        columns={columns}
        trackBy={(s) => s.CustomKeyStoreId}
        sortedBy="name"
        selection="single"
        selected={store && [store]}
        onSelect={(s) => setChosen(s[0]?.CustomKeyStoreId)}
        empty={{
          title: `No ${many}`,
          hint:
            type === 'AWS_CLOUDHSM'
              ? 'A key store needs an active CloudHSM cluster with two HSMs, and the user kmsuser in it.'
              : 'A key store needs an external key store proxy in front of your key manager.',
          action: <Button onClick={create}>{type === 'AWS_CLOUDHSM' ? 'Create key store' : 'Create external key store'}</Button>,
        }}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <StoreActions type={type} store={store} reload={stores.reload} gone={stores.reload} />
            <Button variant="primary" onClick={create}>
              {type === 'AWS_CLOUDHSM' ? 'Create key store' : 'Create external key store'}
            </Button>
          </SpaceBetween>
        }
      />
    </Page>
  );
}
