// Cancels the deletion of keys that wait for it.
import { CancelKeyDeletionCommand, KMSClient, type KeyMetadata } from '@aws-sdk/client-kms';
import Box from '@cloudscape-design/components/box';
import { useClient } from '../../app/client';
import { Confirm } from '../../ui/Confirm';
import { changeEach } from './each';

interface Props {
  keys: KeyMetadata[];
  onClose: () => void;
  onDone: () => void;
}

export function CancelDeletion({ keys, onClose, onDone }: Props) {
  const client = useClient(KMSClient);
  const many = keys.length > 1;
  const cancel = () =>
    changeEach(keys, (k) => client.send(new CancelKeyDeletionCommand({ KeyId: k.KeyId })), {
      one: (k) => `The deletion of key ${k.KeyId} is canceled`,
      many: (n) => `The deletion of ${n} keys is canceled`,
      hint: 'The keys are disabled. Enable them to use them again.',
      onDone,
    });
  return (
    <Confirm title="Cancel key deletion" action="Cancel key deletion" onClose={onClose} onConfirm={cancel}>
      <Box variant="p">
        {many ? `The deletion of these ${keys.length} keys is canceled.` : 'The deletion of this key is canceled.'} {many ? 'Their' : 'Its'} status changes from
        Pending deletion to Disabled. To use {many ? 'the keys' : 'the key'}, enable {many ? 'them' : 'it'} afterwards.
      </Box>
      <ul>
        {keys.map((k) => (
          <li key={k.KeyId}>{k.KeyId}</li>
        ))}
      </ul>
    </Confirm>
  );
}
