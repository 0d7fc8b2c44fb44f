// Generates a data key that is encrypted under a key.
import { GenerateDataKeyCommand, GenerateDataKeyWithoutPlaintextCommand, KMSClient, type GenerateDataKeyResponse, type KeyMetadata } from '@aws-sdk/client-kms';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { useAction } from '../../app/load';
import { contextOf, pairsValid, type Pair } from './context';
import { Context } from './Encryption';
import { Choice, Output, Panel } from './Panel';

const specs = ['AES_256', 'AES_128', 'Number of bytes'];

export function DataKey({ metadata }: { metadata: KeyMetadata }) {
  const client = useClient(KMSClient);
  const doing = useAction();
  const [spec, setSpec] = useState(specs[0]);
  const [length, setLength] = useState('64');
  const [plain, setPlain] = useState(true);
  const [pairs, setPairs] = useState<Pair[]>([]);
  const [tried, setTried] = useState(false);
  const [out, setOut] = useState<GenerateDataKeyResponse>();
  const byLength = spec === specs[2];
  const wrong = byLength && !(/^\d+$/.test(length) && Number(length) >= 1 && Number(length) <= 1024) ? 'Enter a whole number from 1 to 1024.' : undefined;
  const generate = () => {
    setTried(true);
    setOut(undefined);
    if (wrong || !pairsValid(pairs)) return;
    void doing.run(async () => {
      const input = {
        KeyId: metadata.KeyId,
        KeySpec: byLength ? undefined : (spec as 'AES_256'),
        NumberOfBytes: byLength ? Number(length) : undefined,
        EncryptionContext: contextOf(pairs),
      };
      setOut(plain ? await client.send(new GenerateDataKeyCommand(input)) : await client.send(new GenerateDataKeyWithoutPlaintextCommand(input)));
    });
  };
  return (
    <Panel
      title="Generate data key"
      description="A key to encrypt data with outside of KMS, and the same key encrypted under this KMS key."
      action="Generate data key"
      onRun={generate}
      doing={doing}
      result={
        out && (
          <>
            {out.Plaintext && <Output label="Plaintext data key" bytes={out.Plaintext} />}
            <Output label="Encrypted data key" bytes={out.CiphertextBlob!} />
          </>
        )
      }
    >
      <Choice label="Key spec of the data key" value={spec} options={specs} onChange={setSpec} />
      {byLength && (
        <FormField label="Number of bytes" errorText={wrong}>
          <Input value={length} type="number" inputMode="numeric" onChange={(e) => setLength(e.detail.value)} autoComplete={false} />
        </FormField>
      )}
      <Checkbox checked={plain} onChange={(e) => setPlain(e.detail.checked)}>
        Return the plaintext data key too
      </Checkbox>
      <Context pairs={pairs} onChange={setPairs} tried={tried} />
    </Panel>
  );
}
