// Changing a CloudHSM key store: its name, the password of kmsuser, a related cluster.
import { KMSClient, UpdateCustomKeyStoreCommand } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useParams } from 'react-router';
import { useClient } from '../../app/client';
import { done, flash } from '../../app/flash';
import { useAction } from '../../app/load';
import { useGo } from '../../app/region';
import { ErrorNote } from '../../ui/ErrorNote';
import { Loading } from '../../ui/Field';
import { Page } from '../../ui/Page';
import { PageForm } from '../../ui/PageForm';
import { useStore, type KeyStore } from '../data';
import { checkName, checkPassword } from '../fields.ts';
import { StoreError } from '../State';
import { storePath, words } from '../words.ts';
import { ClusterField } from './ClusterField';
import { useChoices } from './useChoices';

const { list, title } = words.AWS_CLOUDHSM;

export default function EditHsmStore() {
  const { id = '' } = useParams();
  const store = useStore(id);
  const name = store.data?.CustomKeyStoreName ?? id;
  return (
    <Page title="Edit key store" above={[{ text: title, path: list }, { text: name, path: storePath('AWS_CLOUDHSM', id) }]}>
      <ErrorNote error={store.error} retry={store.reload} />
      {store.data ? <Editing key={id} store={store.data} /> : store.loading && <Loading lines={8} />}
    </Page>
  );
}

function Editing({ store }: { store: KeyStore }) {
  const client = useClient(KMSClient);
  const go = useGo();
  const current = store.CloudHsmClusterId!;
  const choices = useChoices(current);
  const [name, setName] = useState(store.CustomKeyStoreName);
  const [cluster, setCluster] = useState(current);
  const [password, setPassword] = useState('');
  const { busy, error, run } = useAction();
  const connected = store.ConnectionState !== 'DISCONNECTED';
  const wrong = {
    name: checkName(name),
    cluster: cluster !== current ? choices.data?.find((c) => c.cluster.ClusterId === cluster)?.why : undefined,
    password: password ? checkPassword(password) : undefined,
  };
  const page = storePath('AWS_CLOUDHSM', store.CustomKeyStoreId);
  const save = async () => {
    if (Object.values(wrong).some(Boolean)) return;
    const changes = {
      NewCustomKeyStoreName: name !== store.CustomKeyStoreName ? name : undefined,
      CloudHsmClusterId: cluster !== current ? cluster : undefined,
      KeyStorePassword: password || undefined,
    };
    if (!Object.values(changes).some(Boolean)) {
      flash('info', 'Nothing was changed.');
      return go(page);
    }
    await run(async () => {
      const result = await client.send(new UpdateCustomKeyStoreCommand({ CustomKeyStoreId: store.CustomKeyStoreId, ...changes }));
      setPassword('');
      done(`Key store ${name} updated.`, result);
      go(page);
    });
  };
  return (
    <PageForm submit="Save changes" busy={busy} onSubmit={save} onCancel={() => go(page)}>
      <StoreError error={error} />
      {connected && <Alert type="info">The key store is not disconnected. Only its name can be changed now. To change cluster or password, disconnect it first.</Alert>}
      <Container header={<Header variant="h2">Key store</Header>}>
        <SpaceBetween size="l">
          <FormField label="Custom key store name" constraintText="Unique in this account and Region; up to 256 characters." errorText={wrong.name}>
            <Input value={name} onChange={(e) => setName(e.detail.value)} autoComplete={false} />
          </FormField>
          <ClusterField value={cluster} onChange={setCluster} choices={choices} error={wrong.cluster} disabled={connected} />
          <FormField
            label="kmsuser password - optional"
            description="Tells KMS the password that kmsuser has in the cluster now. It does not change it there."
            constraintText="7 to 32 letters and digits. Leave the field empty to keep the password that KMS has."
            errorText={wrong.password}
          >
            <Input value={password} onChange={(e) => setPassword(e.detail.value)} type="password" autoComplete="new-password" disabled={connected} />
          </FormField>
        </SpaceBetween>
      </Container>
    </PageForm>
  );
}
