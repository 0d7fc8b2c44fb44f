// Creating an external key store.
import { CreateCustomKeyStoreCommand, KMSClient } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState, type FormEvent } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction } from '../../app/load';
import { useGo } from '../../app/region';
import { Page } from '../../ui/Page';
import { StoreError } from '../State';
import { storePath, words } from '../words.ts';
import { ExternalFields } from './ExternalFields';
import { blank, createInput, faults } from './properties.ts';

const { list, title } = words.EXTERNAL_KEY_STORE;

export default function CreateExternal() {
  const client = useClient(KMSClient);
  const go = useGo();
  const [value, setValue] = useState(blank);
  const [tried, setTried] = useState(false);
  const { busy, error, run } = useAction();
  const wrong = faults(value);
  const create = async (e?: FormEvent) => {
    e?.preventDefault();
    setTried(true);
    if (Object.keys(wrong).length > 0) return;
    await run(async () => {
      const result = await client.send(new CreateCustomKeyStoreCommand(createInput(value)));
      setValue(blank); // the secret is not needed any more
      done(`Key store ${value.name} created. Connect it to create keys in it.`, result);
      go(storePath('EXTERNAL_KEY_STORE', result.CustomKeyStoreId!));
    });
  };
  return (
    <Page title="Create external key store" above={[{ text: title, path: list }]} description="KMS checks the proxy before it creates a key store with a public endpoint.">
      <form onSubmit={create}>
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button formAction="none" variant="link" onClick={() => go(list)}>
                Cancel
              </Button>
              <Button variant="primary" loading={busy}>
                Create external key store
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            <ExternalFields value={value} onChange={(c) => setValue((v) => ({ ...v, ...c }))} faults={wrong} tried={tried} />
            <StoreError error={error} />
          </SpaceBetween>
        </Form>
      </form>
    </Page>
  );
}
