// What can be done with a key store: connect, disconnect, edit, delete.
import { ConnectCustomKeyStoreCommand, DeleteCustomKeyStoreCommand, DisconnectCustomKeyStoreCommand, KMSClient } from '@aws-sdk/client-kms';
import Box from '@cloudscape-design/components/box';
import ButtonDropdown, { type ButtonDropdownProps } from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useClient } from '../app/client';
import { done } from '../app/flash';
import { useGo } from '../app/region';
import { Confirm } from '../ui/Confirm';
import type { KeyStore } from './data';
import { Meaning } from './State';
import { stateWords, storePath, words, type StoreType } from './words.ts';

interface Props {
  type: StoreType;
  store: KeyStore | undefined;
  /** reads the state again */
  reload: () => void;
  /** goes where a deleted key store is no longer shown */
  gone: () => void;
}

type Doing = 'connect' | 'disconnect' | 'delete';

/** Why an action is not offered in a state. */
function reasons(s: KeyStore): Record<'connect' | 'disconnect' | 'edit' | 'delete', string | undefined> {
  const state = s.ConnectionState;
  const moving = state === 'CONNECTING' || state === 'DISCONNECTING';
  const is = `The key store is ${stateWords[state].toLowerCase()}.`;
  return {
    connect: state === 'DISCONNECTED' ? undefined : state === 'FAILED' ? `${is} Disconnect it first.` : is,
    disconnect: state === 'DISCONNECTED' || state === 'DISCONNECTING' ? is : undefined,
    edit: moving ? `${is} Wait for the end of it.` : state === 'FAILED' ? `${is} Disconnect it first.` : undefined,
    delete: state === 'DISCONNECTED' ? undefined : `${is} Only a disconnected key store can be deleted.`,
  };
}

export function StoreActions({ type, store, reload, gone }: Props) {
  const go = useGo();
  const [doing, setDoing] = useState<Doing>();
  const why = store && reasons(store);
  const item = (id: keyof NonNullable<typeof why>, text: string): ButtonDropdownProps.Item => ({ id, text, disabled: !why || why[id] !== undefined, disabledReason: why?.[id] });
  return (
    <>
      <ButtonDropdown
        disabled={!store}
        expandToViewport
        items={[item('connect', 'Connect'), item('disconnect', 'Disconnect'), item('edit', 'Edit'), item('delete', 'Delete')]}
        onItemClick={(e) => (e.detail.id === 'edit' ? go(`${storePath(type, store!.CustomKeyStoreId)}/edit`) : setDoing(e.detail.id as Doing))}
      >
        Key store actions
      </ButtonDropdown>
      {store && doing === 'connect' && <Connect type={type} store={store} reload={reload} onClose={() => setDoing(undefined)} />}
      {store && doing === 'disconnect' && <Disconnect store={store} reload={reload} onClose={() => setDoing(undefined)} />}
      {store && doing === 'delete' && <Delete type={type} store={store} gone={gone} onClose={() => setDoing(undefined)} />}
    </>
  );
}

interface Dialog {
  store: KeyStore;
  onClose: () => void;
}

function Connect({ type, store, reload, onClose }: Dialog & { type: StoreType; reload: () => void }) {
  const client = useClient(KMSClient);
  return (
    <Confirm
      title="Connect key store"
      action="Connect"
      about={(error) => <Meaning error={error} />}
      onClose={onClose}
      onConfirm={async () => {
        try {
          const result = await client.send(new ConnectCustomKeyStoreCommand({ CustomKeyStoreId: store.CustomKeyStoreId }));
          done(`Connecting key store ${store.CustomKeyStoreName}. Its connection state below says when it is connected.`, result);
        } finally {
          reload();
        }
      }}
    >
      <SpaceBetween size="m">
        <Box>
          Connect <b style={{ overflowWrap: 'anywhere' }}>{store.CustomKeyStoreName}</b> to {type === 'AWS_CLOUDHSM' ? `its CloudHSM cluster ${store.CloudHsmClusterId}` : 'its external key store proxy'}.
          KMS keys can be created and used in a connected key store only.
        </Box>
        {type === 'AWS_CLOUDHSM' && (
          <Box>KMS logs in as kmsuser and changes its password to one that only KMS knows. No one else may be logged in as kmsuser.</Box>
        )}
      </SpaceBetween>
    </Confirm>
  );
}

function Disconnect({ store, reload, onClose }: Dialog & { reload: () => void }) {
  const client = useClient(KMSClient);
  return (
    <Confirm
      title="Disconnect key store"
      action="Disconnect"
      warning="While the key store is disconnected, its KMS keys cannot be used and none can be created in it. Whatever is encrypted under them cannot be decrypted."
      onClose={onClose}
      onConfirm={async () => {
        const result = await client.send(new DisconnectCustomKeyStoreCommand({ CustomKeyStoreId: store.CustomKeyStoreId }));
        done(`Disconnecting key store ${store.CustomKeyStoreName}.`, result);
        reload();
      }}
    >
      Disconnect <b style={{ overflowWrap: 'anywhere' }}>{store.CustomKeyStoreName}</b>? Keys and key store can still be managed, and it can be connected again at any time.
    </Confirm>
  );
}

function Delete({ type, store, gone, onClose }: Dialog & { type: StoreType; gone: () => void }) {
  const client = useClient(KMSClient);
  return (
    <Confirm
      title="Delete key store"
      action="Delete"
      typed="delete"
      onClose={onClose}
      about={(error) => <Meaning error={error} />}
      onConfirm={async () => {
        const result = await client.send(new DeleteCustomKeyStoreCommand({ CustomKeyStoreId: store.CustomKeyStoreId }));
        done(`Key store ${store.CustomKeyStoreName} deleted.`, result);
        gone();
      }}
    >
      <SpaceBetween size="s">
        <Box>
          Delete the {words[type].one} <b style={{ overflowWrap: 'anywhere' }}>{store.CustomKeyStoreName}</b>? This cannot be undone.{' '}
          {type === 'AWS_CLOUDHSM' ? 'Its CloudHSM cluster and the HSMs in it stay as they are.' : 'Its external key store proxy, key manager and external keys stay as they are.'}
        </Box>
        <Box>A key store can be deleted when it is disconnected and has no KMS keys, also none that wait for their deletion.</Box>
      </SpaceBetween>
    </Confirm>
  );
}
