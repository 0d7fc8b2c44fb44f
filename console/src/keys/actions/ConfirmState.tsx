// Enabling and disabling keys.
import { DisableKeyCommand, EnableKeyCommand, KMSClient, type KeyMetadata } from '@aws-sdk/client-kms';
import { useClient } from '../../app/client';
import { Confirm } from '../../ui/Confirm';
import { changeEach } from '../deletion/each';

export function ConfirmState({ to, keys, onDone, onClose }: { to: 'enable' | 'disable'; keys: readonly KeyMetadata[]; onDone: () => void; onClose: () => void }) {
  const client = useClient(KMSClient);
  const verb = to === 'enable' ? 'Enable' : 'Disable';
  const many = keys.length > 1;
  const confirm = () =>
    changeEach(keys, ({ KeyId }) => (to === 'enable' ? client.send(new EnableKeyCommand({ KeyId })) : client.send(new DisableKeyCommand({ KeyId }))), {
      one: (k) => `Key ${k.KeyId} was ${to}d`,
      many: (n) => `${n} keys were ${to}d`,
      onDone,
    });
  return (
    <Confirm title={`${verb} ${many ? 'keys' : 'key'}`} action={verb} onConfirm={confirm} onClose={onClose}>
      {to === 'enable' ? (
        <>After this, {many ? 'the keys' : 'the key'} can be used in cryptographic operations again.</>
      ) : (
        <>While {many ? 'they are' : 'it is'} disabled, {many ? 'the keys' : 'the key'} can’t be used in cryptographic operations: what was encrypted with {many ? 'them' : 'it'} can’t be decrypted. You can enable {many ? 'them' : 'it'} again at any time.</>
      )}
      <ul>
        {keys.slice(0, 20).map((k) => (
          <li key={k.KeyId}>{k.KeyId}</li>
        ))}
        {keys.length > 20 && <li>and {keys.length - 20} more</li>}
      </ul>
    </Confirm>
  );
}
