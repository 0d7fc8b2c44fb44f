// Initializing a cluster: its certificate signing request goes out, what its owner has signed
// comes back.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState, type FormEvent } from 'react';
import { useParams } from 'react-router';
import { done } from '../../app/flash';
import { useHsmClient } from '../../app/hsm-client';
import { useAction } from '../../app/load';
import { useGo } from '../../app/region';
import { CopyButton } from '../../ui/Copy';
import { ErrorNote } from '../../ui/ErrorNote';
import { OneFile } from '../../ui/OneFile';
import { Page } from '../../ui/Page';
import { useCluster } from '../data';
import { saveText } from '../saveText.ts';
import { checkCertificate } from './checks.ts';

export default function Initialize() {
  const { id = '' } = useParams();
  const cluster = useCluster(id);
  const client = useHsmClient();
  const go = useGo();
  const [signed, setSigned] = useState('');
  const [anchor, setAnchor] = useState('');
  const [tried, setTried] = useState(false);
  const { busy, error, run } = useAction();
  const page = `/cloudhsm/clusters/${id}`;
  const csr = cluster.data?.Certificates?.ClusterCsr;
  const wrong = { signed: checkCertificate(signed, 'the signed cluster certificate'), anchor: checkCertificate(anchor, 'the certificate of your certificate authority') };
  const initialize = async (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    if (wrong.signed || wrong.anchor) return;
    await run(async () => {
      const result = await client.call('InitializeCluster', { ClusterId: id, SignedCert: signed, TrustAnchor: anchor });
      done(`Cluster ${id} is being initialized.`, result);
      go(page);
    });
  };
  const file = `${id}_ClusterCsr.csr`;
  const certificate = (label: string, name: string, value: string, set: (v: string) => void, bad: string | undefined, what: string) => (
    <SpaceBetween size="m">
      <OneFile
        label={`${label} file`}
        accept=".crt,.pem,.cer"
        button="Upload file"
        onText={(text) => {
          set(text);
          const w = checkCertificate(text, what);
          if (w) throw new Error(w);
        }}
      />
      <FormField label={label} description={name} errorText={tried || value !== '' ? bad : undefined} stretch>
        <Textarea value={value} onChange={(e) => set(e.detail.value)} rows={6} spellcheck={false} autoComplete={false} placeholder="-----BEGIN CERTIFICATE-----" />
      </FormField>
    </SpaceBetween>
  );
  return (
    <Page title="Initialize cluster" above={[{ text: 'Clusters', path: '/cloudhsm/clusters' }, { text: id, path: page }]}>
      <ErrorNote error={cluster.error} retry={cluster.reload} />
      {cluster.data && !csr && (
        <Alert type="warning" action={<Button onClick={() => go(page)}>Go to the cluster</Button>}>
          {cluster.data.State === 'UNINITIALIZED' ? 'The cluster has no certificate signing request yet: create an HSM, and wait until it is active.' : `The cluster is in the state ${cluster.data.State}.`}
        </Alert>
      )}
      <form onSubmit={initialize}>
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button formAction="none" variant="link" onClick={() => go(page)}>
                Cancel
              </Button>
              <Button variant="primary" loading={busy} disabled={!csr}>
                Initialize
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            <Container header={<Header variant="h2" description="Download the certificate signing request of the cluster.">Step 1: Certificate signing request</Header>}>
              <SpaceBetween direction="horizontal" size="xs">
                <Button formAction="none" iconName="download" disabled={!csr} onClick={() => saveText(file, csr!)}>
                  Cluster CSR
                </Button>
                {csr && <CopyButton text={csr} name="certificate signing request" />}
              </SpaceBetween>
            </Container>
            <Container header={<Header variant="h2" description="Make a certificate authority of your own, and sign the request with it. Keep its private key, customerCA.key, as safe as the HSMs.">Step 2: Sign it</Header>}>
              <Box>
                <pre className="code-view" tabIndex={0} aria-label="Commands that sign the request">
                  {`openssl req -x509 -newkey rsa:2048 -nodes -days 3652 -subj "/CN=HSM owner" \\\n    -keyout customerCA.key -out customerCA.crt\nopenssl x509 -req -days 3652 -in ${file} \\\n    -CA customerCA.crt -CAkey customerCA.key -CAcreateserial -out ${id}_CustomerHsmCertificate.crt`}
                </pre>
              </Box>
            </Container>
            <Container header={<Header variant="h2" description="Upload both certificates. The second is the trust anchor that a key store asks for.">Step 3: Certificates</Header>}>
              <SpaceBetween size="l">
                {certificate('Cluster certificate', `${id}_CustomerHsmCertificate.crt`, signed, setSigned, wrong.signed, 'the signed cluster certificate')}
                {certificate('Issuing certificate', 'customerCA.crt', anchor, setAnchor, wrong.anchor, 'the certificate of your certificate authority')}
              </SpaceBetween>
            </Container>
            <ErrorNote error={error} />
          </SpaceBetween>
        </Form>
      </form>
    </Page>
  );
}
