// Encapsulates and decapsulates shared secrets with a key of ML-KEM.
import type { KeyMetadata } from '@aws-sdk/client-kms';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { toBase64 } from '../../app/bytes';
import { useAction } from '../../app/load';
import { BytesField } from './BytesField';
import { bytesOf, enteredError, noBase64 } from './input';
import { useKem } from './kem';
import { Output, Panel } from './Panel';

const sizes: Record<string, number> = { ML_KEM_512: 768, ML_KEM_768: 1088, ML_KEM_1024: 1568 };

export function Encapsulation({ metadata }: { metadata: KeyMetadata }) {
  const kem = useKem(metadata.KeyId!);
  const making = useAction();
  const opening = useAction();
  const [made, setMade] = useState<{ secret: Uint8Array; ciphertext: Uint8Array }>();
  const [ciphertext, setCiphertext] = useState(noBase64);
  const [tried, setTried] = useState(false);
  const [secret, setSecret] = useState<Uint8Array>();
  const wrong = enteredError(ciphertext, { what: 'ciphertext', exactly: sizes[metadata.KeySpec as string] });
  const encapsulate = () => {
    setMade(undefined);
    void making.run(async () => {
      const result = await kem.encapsulate();
      setMade(result);
      setCiphertext({ text: toBase64(result.ciphertext), format: 'base64' });
    });
  };
  const decapsulate = () => {
    setTried(true);
    setSecret(undefined);
    if (wrong) return;
    void opening.run(async () => setSecret(await kem.decapsulate(bytesOf(ciphertext)!)));
  };
  return (
    <SpaceBetween size="l">
      <Panel
        title="Encapsulate"
        description="Algorithm: ML_KEM. Makes a shared secret, and the ciphertext that only the holder of this key gets the secret from."
        action="Encapsulate"
        onRun={encapsulate}
        doing={making}
        result={
          made && (
            <>
              <Output label="Shared secret" bytes={made.secret} />
              <Output label="Ciphertext" bytes={made.ciphertext} />
            </>
          )
        }
      />
      <Panel
        title="Decapsulate"
        description="Algorithm: ML_KEM. A ciphertext that was not made for this key gives a secret too, but another one."
        action="Decapsulate"
        onRun={decapsulate}
        doing={opening}
        result={secret && <Output label="Decapsulated secret" bytes={secret} />}
      >
        <BytesField label="Ciphertext" description={`In base64; exactly ${sizes[metadata.KeySpec as string]} bytes.`} value={ciphertext} onChange={setCiphertext} error={tried ? wrong : undefined} rows={5} />
      </Panel>
    </SpaceBetween>
  );
}
