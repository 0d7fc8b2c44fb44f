// Changing an external key store.
import { KMSClient, UpdateCustomKeyStoreCommand } from '@aws-sdk/client-kms';
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
import { StoreError } from '../State';
import { storePath, words } from '../words.ts';
import { ExternalFields } from './ExternalFields';
import { faults, propertiesOf, updateInput, type Properties } from './properties.ts';

const { list, title } = words.EXTERNAL_KEY_STORE;

export default function EditExternal() {
  const { id = '' } = useParams();
  const store = useStore(id);
  const name = store.data?.CustomKeyStoreName ?? id;
  return (
    <Page title="Edit key store" above={[{ text: title, path: list }, { text: name, path: storePath('EXTERNAL_KEY_STORE', id) }]}>
      <ErrorNote error={store.error} retry={store.reload} />
      {store.data ? <Editing key={id} store={store.data} /> : store.loading && <Loading lines={8} />}
    </Page>
  );
}

function Editing({ store }: { store: KeyStore }) {
  const client = useClient(KMSClient);
  const go = useGo();
  const [before] = useState(() => propertiesOf(store));
  const [value, setValue] = useState<Properties>(before);
  const [tried, setTried] = useState(false);
  const { busy, error, run } = useAction();
  const wrong = faults(value, true);
  const page = storePath('EXTERNAL_KEY_STORE', store.CustomKeyStoreId);
  const save = async () => {
    setTried(true);
    if (Object.keys(wrong).length > 0) return;
    const input = updateInput(store.CustomKeyStoreId, before, value);
    if (!input) {
      flash('info', 'Nothing was changed.');
      return go(page);
    }
    await run(async () => {
      const result = await client.send(new UpdateCustomKeyStoreCommand(input));
      setValue((v) => ({ ...v, accessKeyId: '', secret: '' }));
      done(`Key store ${value.name} updated.`, result);
      go(page);
    });
  };
  return (
    <PageForm submit="Save changes" busy={busy} onSubmit={save} onCancel={() => go(page)}>
      <StoreError error={error} />
      <ExternalFields
        value={value}
        onChange={(c) => setValue((v) => ({ ...v, ...c }))}
        faults={wrong}
        tried={tried}
        existing={{ connected: store.ConnectionState === 'CONNECTED', accessKeyId: store.XksProxyConfiguration?.AccessKeyId }}
      />
    </PageForm>
  );
}
