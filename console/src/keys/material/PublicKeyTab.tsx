// The public key of an asymmetric key.
import { GetPublicKeyCommand, KMSClient, type KeyMetadata } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { toPem } from '../../app/bytes';
import { useClient } from '../../app/client';
import { useLoad } from '../../app/load';
import { CopyButton } from '../../ui/Copy';
import { download } from '../../ui/download';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { algorithmsOf, usageText } from '../describe';

export function PublicKeyTab({ metadata }: { metadata: KeyMetadata }) {
  const client = useClient(KMSClient);
  const { data, error, loading, reload } = useLoad(
    (signal) => client.send(new GetPublicKeyCommand({ KeyId: metadata.KeyId }), { abortSignal: signal }),
    [client, metadata.KeyId, metadata.KeyState],
  );
  const known = algorithmsOf(metadata);
  const der = data?.PublicKey;
  const pem = der && toPem(der, 'PUBLIC KEY');
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="The public key can be given to anyone. With it, people encrypt or verify outside of KMS, without a call and without permissions."
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button iconName="refresh" ariaLabel="Refresh public key" loading={loading && !!data} onClick={reload} />
              {pem && <CopyButton text={pem} name="public key" />}
              <Button iconName="download" disabled={!der} onClick={() => download(`${metadata.KeyId}.der`, der!)}>
                Download DER
              </Button>
              <Button iconName="download" disabled={!pem} onClick={() => download(`${metadata.KeyId}.pem`, pem!, 'application/x-pem-file')}>
                Download
              </Button>
            </SpaceBetween>
          }
        >
          Public key
        </Header>
      }
    >
      <SpaceBetween size="l">
        <ErrorNote error={error} retry={reload} />
        {loading && !data && <Loading lines={6} />}
        {pem && (
          <>
            <Fields
              items={[
                { label: 'Key spec', value: metadata.KeySpec },
                { label: 'Key usage', value: usageText(metadata.KeyUsage) },
                { label: known.label, value: known.algorithms.map((a) => <div key={a}>{a}</div>) },
              ]}
            />
            <pre className="code-view" tabIndex={0} aria-label="Public key in PEM">
              {pem}
            </pre>
          </>
        )}
      </SpaceBetween>
    </Container>
  );
}
