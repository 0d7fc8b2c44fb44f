// Encrypts and decrypts with a key.
import { DecryptCommand, EncryptCommand, KMSClient, type EncryptionAlgorithmSpec, type KeyMetadata } from '@aws-sdk/client-kms';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { toBase64 } from '../../app/bytes';
import { useClient } from '../../app/client';
import { useAction } from '../../app/load';
import { algorithmsOf, isSymmetricEncryption } from '../describe';
import { BytesField } from './BytesField';
import { contextOf, pairsValid, type Pair } from './context';
import { ContextFields } from './ContextFields';
import { bytesOf, enteredError, mostPlaintext, noBase64, nothing, type Entered } from './input';
import { Choice, Output, Panel } from './Panel';

/** Sealed is what a decryption takes. */
interface Sealed {
  ciphertext: Entered;
  pairs: Pair[];
  algorithm: string;
}

export function Encryption({ metadata }: { metadata: KeyMetadata }) {
  const { algorithms } = algorithmsOf(metadata);
  const usual = algorithms[algorithms.length - 1];
  const [sealed, setSealed] = useState<Sealed>({ ciphertext: noBase64, pairs: [], algorithm: usual });
  return (
    <SpaceBetween size="l">
      <Encrypt metadata={metadata} onSealed={setSealed} />
      <Decrypt metadata={metadata} sealed={sealed} onChange={(part) => setSealed((s) => ({ ...s, ...part }))} />
    </SpaceBetween>
  );
}

function Encrypt({ metadata, onSealed }: { metadata: KeyMetadata; onSealed: (sealed: Sealed) => void }) {
  const client = useClient(KMSClient);
  const doing = useAction();
  const { algorithms } = algorithmsOf(metadata);
  const [algorithm, setAlgorithm] = useState(algorithms[algorithms.length - 1]);
  const [plaintext, setPlaintext] = useState<Entered>(nothing);
  const [pairs, setPairs] = useState<Pair[]>([]);
  const [tried, setTried] = useState(false);
  const [out, setOut] = useState<Uint8Array>();
  const symmetric = isSymmetricEncryption(metadata);
  const wrong = enteredError(plaintext, { what: 'plaintext', most: mostPlaintext(metadata.KeySpec ?? '', algorithm) });
  const encrypt = () => {
    setTried(true);
    setOut(undefined);
    if (wrong || !pairsValid(pairs)) return;
    void doing.run(async () => {
      const result = await client.send(
        new EncryptCommand({
          KeyId: metadata.KeyId,
          Plaintext: bytesOf(plaintext),
          EncryptionAlgorithm: symmetric ? undefined : (algorithm as EncryptionAlgorithmSpec),
          EncryptionContext: contextOf(pairs),
        }),
      );
      setOut(result.CiphertextBlob);
      onSealed({ ciphertext: { text: toBase64(result.CiphertextBlob!), format: 'base64' }, pairs, algorithm });
    });
  };
  return (
    <Panel title="Encrypt" action="Encrypt" onRun={encrypt} doing={doing} result={out && <Output label="Ciphertext" bytes={out} />}>
      {!symmetric && <Choice label="Encryption algorithm" value={algorithm} options={algorithms} onChange={setAlgorithm} />}
      <BytesField
        label="Plaintext"
        description={`At most ${mostPlaintext(metadata.KeySpec ?? '', algorithm)} bytes.`}
        value={plaintext}
        onChange={setPlaintext}
        formats={['text', 'base64', 'hex']}
        error={tried ? wrong : undefined}
      />
      {symmetric && <Context pairs={pairs} onChange={setPairs} tried={tried} />}
    </Panel>
  );
}

function Decrypt({ metadata, sealed, onChange }: { metadata: KeyMetadata; sealed: Sealed; onChange: (part: Partial<Sealed>) => void }) {
  const client = useClient(KMSClient);
  const doing = useAction();
  const [tried, setTried] = useState(false);
  const [out, setOut] = useState<Uint8Array>();
  const symmetric = isSymmetricEncryption(metadata);
  const wrong = enteredError(sealed.ciphertext, { what: 'ciphertext', most: 6144 });
  const decrypt = () => {
    setTried(true);
    setOut(undefined);
    if (wrong || !pairsValid(sealed.pairs)) return;
    void doing.run(async () => {
      const result = await client.send(
        new DecryptCommand({
          KeyId: metadata.KeyId,
          CiphertextBlob: bytesOf(sealed.ciphertext),
          EncryptionAlgorithm: symmetric ? undefined : (sealed.algorithm as EncryptionAlgorithmSpec),
          EncryptionContext: contextOf(sealed.pairs),
        }),
      );
      setOut(result.Plaintext);
    });
  };
  return (
    <Panel title="Decrypt" action="Decrypt" onRun={decrypt} doing={doing} result={out && <Output label="Plaintext" bytes={out} readable />}>
      {!symmetric && <Choice label="Encryption algorithm" value={sealed.algorithm} options={algorithmsOf(metadata).algorithms} onChange={(algorithm) => onChange({ algorithm })} />}
      <BytesField label="Ciphertext" description="In base64." value={sealed.ciphertext} onChange={(ciphertext) => onChange({ ciphertext })} error={tried ? wrong : undefined} rows={5} />
      {symmetric && <Context pairs={sealed.pairs} onChange={(pairs) => onChange({ pairs })} tried={tried} />}
    </Panel>
  );
}

/** Context is the encryption context of a form. */
export function Context({ pairs, onChange, tried }: { pairs: readonly Pair[]; onChange: (pairs: Pair[]) => void; tried: boolean }) {
  return (
    <SpaceBetween size="xs">
      <FormField label="Encryption context - optional" description="Pairs that must be the same to decrypt. They are not secret: they are in the logs of CloudTrail." />
      <ContextFields pairs={pairs} onChange={onChange} tried={tried} />
    </SpaceBetween>
  );
}
