// Creating a CloudHSM key store.
import { CreateCustomKeyStoreCommand, KMSClient } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState, type FormEvent } from 'react';
import { useSearchParams } from 'react-router';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction } from '../../app/load';
import { useGo } from '../../app/region';
import { OneFile } from '../../ui/OneFile';
import { Page } from '../../ui/Page';
import { checkName, checkPassword, checkTrustAnchor } from '../fields.ts';
import { StoreError } from '../State';
import { storePath, words } from '../words.ts';
import { ClusterField } from './ClusterField';
import { useChoices } from './useChoices';

const { list, title } = words.AWS_CLOUDHSM;

export default function CreateHsmStore() {
  const client = useClient(KMSClient);
  const go = useGo();
  const choices = useChoices();
  const [search] = useSearchParams();
  const [name, setName] = useState('');
  const [cluster, setCluster] = useState(search.get('cluster') ?? '');
  const [anchor, setAnchor] = useState('');
  const [password, setPassword] = useState('');
  const [tried, setTried] = useState(false);
  const { busy, error, run } = useAction();
  const wrong = {
    name: checkName(name),
    cluster: cluster ? choices.data?.find((c) => c.cluster.ClusterId === cluster)?.why : 'Choose a cluster.',
    anchor: checkTrustAnchor(anchor),
    password: checkPassword(password),
  };
  const seen = (value: string, text: string | undefined) => (tried || value !== '' ? text : undefined);
  const create = async (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    if (Object.values(wrong).some(Boolean)) return;
    await run(async () => {
      const result = await client.send(
        new CreateCustomKeyStoreCommand({
          CustomKeyStoreName: name,
          CustomKeyStoreType: 'AWS_CLOUDHSM',
          CloudHsmClusterId: cluster,
          TrustAnchorCertificate: anchor,
          KeyStorePassword: password,
        }),
      );
      setPassword(''); // it is not needed any more
      done(`Key store ${name} created. Connect it to create keys in it.`, result);
      go(storePath('AWS_CLOUDHSM', result.CustomKeyStoreId!));
    });
  };
  return (
    <Page title="Create key store" above={[{ text: title, path: list }]} description="A key store associates this account's KMS with a CloudHSM cluster.">
      <form onSubmit={create}>
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button formAction="none" variant="link" onClick={() => go(list)}>
                Cancel
              </Button>
              <Button variant="primary" loading={busy}>
                Create key store
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">Key store</Header>}>
              <SpaceBetween size="l">
                <FormField label="Custom key store name" constraintText="Unique in this account and Region; up to 256 characters." errorText={seen(name, wrong.name)}>
                  <Input value={name} onChange={(e) => setName(e.detail.value)} autoComplete={false} />
                </FormField>
                <ClusterField value={cluster} onChange={setCluster} choices={choices} error={seen(cluster, wrong.cluster)} />
              </SpaceBetween>
            </Container>
            <Container header={<Header variant="h2">Trust anchor certificate</Header>}>
              <SpaceBetween size="l">
                <OneFile
                  label="Trust anchor certificate file"
                  description="customerCA.crt: the certificate that you made when you initialized the cluster."
                  accept=".crt,.pem,.cer"
                  button="Upload file"
                  onText={(text) => {
                    setAnchor(text);
                    const bad = checkTrustAnchor(text);
                    if (bad) throw new Error(bad);
                  }}
                />
                <FormField label="Trust anchor certificate" description="You can also paste the certificate." constraintText="PEM, up to 5,000 characters." errorText={seen(anchor, wrong.anchor)} stretch>
                  <Textarea value={anchor} onChange={(e) => setAnchor(e.detail.value)} rows={6} spellcheck={false} autoComplete={false} placeholder="-----BEGIN CERTIFICATE-----" />
                </FormField>
              </SpaceBetween>
            </Container>
            <Container header={<Header variant="h2">kmsuser</Header>}>
              <FormField
                label="kmsuser password"
                description="The password that kmsuser has in the cluster now. KMS changes it when it connects the key store."
                constraintText="7 to 32 letters and digits."
                errorText={seen(password, wrong.password)}
              >
                <Input value={password} onChange={(e) => setPassword(e.detail.value)} type="password" autoComplete="new-password" />
              </FormField>
            </Container>
            <StoreError error={error} />
          </SpaceBetween>
        </Form>
      </form>
    </Page>
  );
}
