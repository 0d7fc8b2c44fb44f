// A key store: its configuration, its keys, and for an external one how its proxy does.
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Tabs from '@cloudscape-design/components/tabs';
import { lazy, Suspense } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { useGo } from '../../app/region';
import { Copy } from '../../ui/Copy';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { Go } from '../../ui/Go';
import { Page } from '../../ui/Page';
import { Time } from '../../ui/Time';
import { useStore, type KeyStore } from '../data';
import { ConnectionError, State } from '../State';
import { StoreActions } from '../StoreActions';
import { connectivityWords, words, type StoreType } from '../words.ts';
import { StoreKeys } from './StoreKeys';

const Monitoring = lazy(() => import('./Monitoring'));

export default function StorePage({ type }: { type: StoreType }) {
  const { id = '' } = useParams();
  const store = useStore(id);
  const go = useGo();
  const { list, title } = words[type];
  const [search, setSearch] = useSearchParams();
  const usual = type === 'EXTERNAL_KEY_STORE' ? 'monitoring' : 'keys';
  const tab = search.get('tab') ?? usual;
  const s = store.data;
  const monitoring = {
    id: 'monitoring',
    label: 'Monitoring',
    content: s && (
      <Suspense fallback={<Loading lines={6} />}>
        <Monitoring store={s} type={type} />
      </Suspense>
    ),
  };
  const keys = { id: 'keys', label: 'KMS keys', content: s && <StoreKeys store={s} type={type} /> };
  return (
    <Page
      title={s?.CustomKeyStoreName ?? id}
      above={[{ text: title, path: list }]}
      actions={<StoreActions type={type} store={s} reload={store.reload} gone={() => go(list)} />}
    >
      <ErrorNote error={store.error} retry={store.reload} />
      {s && <ConnectionError store={s} type={type} />}
      <Container header={<Header variant="h2">General configuration</Header>}>{s ? <General store={s} type={type} /> : store.loading && <Loading lines={4} />}</Container>
      {s && type === 'EXTERNAL_KEY_STORE' && <Proxy store={s} />}
      {s && (
        <Tabs
          ariaLabel="Key store"
          activeTabId={tab}
          onChange={(e) => setSearch((q) => (q.set('tab', e.detail.activeTabId), q), { replace: true })}
          tabs={type === 'EXTERNAL_KEY_STORE' ? [monitoring, keys] : [keys, monitoring, { id: 'anchor', label: 'Trust anchor certificate', content: <TrustAnchor store={s} /> }]}
        />
      )}
    </Page>
  );
}

function General({ store: s, type }: { store: KeyStore; type: StoreType }) {
  return (
    <Fields
      items={[
        { label: 'Custom key store name', value: s.CustomKeyStoreName },
        { label: 'Custom key store ID', value: <Copy text={s.CustomKeyStoreId} name="custom key store ID" /> },
        { label: 'Custom key store type', value: type === 'AWS_CLOUDHSM' ? 'AWS CloudHSM key store' : 'External key store' },
        { label: 'Connection state', value: <State store={s} type={type} /> },
        !!s.ConnectionErrorCode && { label: 'Connection error code', value: s.ConnectionErrorCode },
        { label: 'Creation date', value: <Time at={s.CreationDate} /> },
        type === 'AWS_CLOUDHSM' && { label: 'CloudHSM cluster ID', value: <Go to={`/cloudhsm/clusters/${s.CloudHsmClusterId}`}>{s.CloudHsmClusterId}</Go> },
      ]}
    />
  );
}

function Proxy({ store }: { store: KeyStore }) {
  const x = store.XksProxyConfiguration ?? {};
  const vpc = x.Connectivity === 'VPC_ENDPOINT_SERVICE';
  return (
    <Container header={<Header variant="h2">Proxy configuration</Header>}>
      <Fields
        items={[
          { label: 'Proxy connectivity', value: connectivityWords[x.Connectivity ?? ''] },
          { label: 'Proxy URI endpoint', value: <Copy text={x.UriEndpoint} name="proxy URI endpoint" /> },
          { label: 'Proxy URI path', value: <Copy text={x.UriPath} name="proxy URI path" /> },
          { label: 'Proxy credential: Access key ID', value: x.AccessKeyId },
          { label: 'Proxy credential: Secret access key', value: 'Not shown' },
          vpc && { label: 'VPC endpoint service name', value: x.VpcEndpointServiceName },
          vpc && { label: 'VPC endpoint service owner', value: x.VpcEndpointServiceOwner },
        ]}
      />
    </Container>
  );
}

function TrustAnchor({ store }: { store: KeyStore }) {
  return (
    <Container header={<Header variant="h2" actions={<Copy text={store.TrustAnchorCertificate} name="trust anchor certificate" shown="Copy" />}>Trust anchor certificate</Header>}>
      <pre className="code-view" tabIndex={0} aria-label="Trust anchor certificate">
        {store.TrustAnchorCertificate}
      </pre>
    </Container>
  );
}
