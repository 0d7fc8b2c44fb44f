// How a key is used, and where its key material is.
import { DescribeCustomKeyStoresCommand, KMSClient, type KeyMetadata } from '@aws-sdk/client-kms';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useClient } from '../../app/client';
import { useLoad } from '../../app/load';
import { Copy } from '../../ui/Copy';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { Go } from '../../ui/Go';
import { algorithmsOf, keyType, originText, usageText } from '../describe';
import type { TabProps } from './KeyPage';

export function CryptographyTab({ metadata: m }: TabProps) {
  const { label, algorithms } = algorithmsOf(m);
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Cryptographic configuration</Header>}>
        <Fields
          items={[
            { label: 'Key type', value: keyType(m.KeySpec) },
            { label: 'Origin', value: originText(m.Origin) },
            { label: 'Key spec', value: m.KeySpec },
            { label: 'Key usage', value: usageText(m.KeyUsage) },
            {
              label,
              value: algorithms.map((a) => <div key={a}>{a}</div>),
            },
            m.CurrentKeyMaterialId !== undefined && { label: 'Current key material ID', value: <Copy text={m.CurrentKeyMaterialId} name="key material ID" /> },
          ]}
        />
      </Container>
      {m.CustomKeyStoreId && <Store metadata={m} />}
    </SpaceBetween>
  );
}

const connections: Record<string, { text: string; type: 'success' | 'in-progress' | 'stopped' | 'error' }> = {
  CONNECTED: { text: 'Connected', type: 'success' },
  CONNECTING: { text: 'Connecting', type: 'in-progress' },
  DISCONNECTING: { text: 'Disconnecting', type: 'in-progress' },
  DISCONNECTED: { text: 'Disconnected', type: 'stopped' },
  FAILED: { text: 'Failed', type: 'error' },
};

function Store({ metadata: m }: { metadata: KeyMetadata }) {
  const client = useClient(KMSClient);
  const id = m.CustomKeyStoreId;
  const { data, error, reload } = useLoad(async (signal) => (await client.send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreId: id }), { abortSignal: signal })).CustomKeyStores?.[0], [client, id]);
  const hsm = m.Origin === 'AWS_CLOUDHSM';
  const connection = connections[data?.ConnectionState ?? ''];
  return (
    <Container header={<Header variant="h2">Custom key store</Header>}>
      <ErrorNote error={error} retry={reload} />
      {!data && !error && <Loading />}
      {data && (
        <Fields
          items={[
            { label: 'Custom key store name', value: <Go to={`/kms/${hsm ? 'cloudhsm-stores' : 'external-stores'}/${id}`}>{data.CustomKeyStoreName}</Go> },
            { label: 'Custom key store ID', value: <Copy text={id} name="custom key store ID" /> },
            { label: 'Custom key store type', value: originText(m.Origin) },
            { label: 'Connection state', value: connection ? <StatusIndicator type={connection.type}>{connection.text}</StatusIndicator> : data.ConnectionState },
            m.CloudHsmClusterId !== undefined && { label: 'AWS CloudHSM cluster ID', value: <Go to={`/cloudhsm/clusters/${m.CloudHsmClusterId}`}>{m.CloudHsmClusterId}</Go> },
            m.XksKeyConfiguration?.Id !== undefined && { label: 'External key ID', value: <Copy text={m.XksKeyConfiguration.Id} name="external key ID" /> },
          ]}
        />
      )}
    </Container>
  );
}
