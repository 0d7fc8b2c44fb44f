// Derives a shared secret with a key and a peer's public key.
import { DeriveSharedSecretCommand, KMSClient, type KeyMetadata } from '@aws-sdk/client-kms';
import { useState } from 'react';
import { fromPem } from '../../app/bytes';
import { useClient } from '../../app/client';
import { useAction } from '../../app/load';
import { BytesField } from './BytesField';
import { noBase64 } from './input';
import { Output, Panel } from './Panel';

export function Agreement({ metadata }: { metadata: KeyMetadata }) {
  const client = useClient(KMSClient);
  const doing = useAction();
  const [peer, setPeer] = useState(noBase64);
  const [tried, setTried] = useState(false);
  const [out, setOut] = useState<Uint8Array>();
  const der = fromPem(peer.text);
  const wrong =
    peer.text.trim() === '' ? 'Enter the public key of the peer.'
    : !der || der.length === 0 || der[0] !== 0x30 ? 'This is not a public key in PEM, or DER in base64.'
    : undefined;
  const derive = () => {
    setTried(true);
    setOut(undefined);
    if (wrong) return;
    void doing.run(async () => {
      const result = await client.send(new DeriveSharedSecretCommand({ KeyId: metadata.KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: der }));
      setOut(result.SharedSecret);
    });
  };
  return (
    <Panel
      title="Derive shared secret"
      description="Algorithm: ECDH. The peer derives the same secret from its private key and the public key of this key."
      action="Derive shared secret"
      onRun={derive}
      doing={doing}
      result={out && <Output label="Shared secret" bytes={out} />}
    >
      <BytesField
        label="Public key of the peer"
        description={`In PEM, or DER in base64, of the same curve as this key: ${metadata.KeySpec}.`}
        value={peer}
        onChange={setPeer}
        error={tried ? wrong : undefined}
        rows={6}
      />
    </Panel>
  );
}
