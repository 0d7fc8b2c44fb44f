// Generates and verifies HMACs with a key.
import { GenerateMacCommand, KMSClient, VerifyMacCommand, type KeyMetadata, type MacAlgorithmSpec } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { toBase64 } from '../../app/bytes';
import { useClient } from '../../app/client';
import { useAction } from '../../app/load';
import { codeOf } from '../../ui/ErrorNote';
import { algorithmsOf } from '../describe';
import { BytesField } from './BytesField';
import { bytesOf, enteredError, noBase64, nothing, type Entered } from './input';
import { Output, Panel } from './Panel';

const limits = { what: 'message', most: 4096 };

export function Mac({ metadata }: { metadata: KeyMetadata }) {
  const client = useClient(KMSClient);
  const making = useAction();
  const checking = useAction();
  const algorithm = algorithmsOf(metadata).algorithms[0] as MacAlgorithmSpec;
  const [message, setMessage] = useState<Entered>(nothing);
  const [out, setOut] = useState<Uint8Array>();
  const [checked, setChecked] = useState<Entered>(nothing);
  const [mac, setMac] = useState<Entered>(noBase64);
  const [valid, setValid] = useState(false);
  const [tried, setTried] = useState({ make: false, check: false });
  const wrong = enteredError(message, limits);
  const wrongChecked = enteredError(checked, limits);
  const wrongMac = enteredError(mac, { what: 'HMAC', most: 6144 });
  const generate = () => {
    setTried((t) => ({ ...t, make: true }));
    setOut(undefined);
    if (wrong) return;
    void making.run(async () => {
      const result = await client.send(new GenerateMacCommand({ KeyId: metadata.KeyId, Message: bytesOf(message), MacAlgorithm: algorithm }));
      setOut(result.Mac);
      setChecked(message);
      setMac({ text: toBase64(result.Mac!), format: 'base64' });
    });
  };
  const verify = () => {
    setTried((t) => ({ ...t, check: true }));
    setValid(false);
    if (wrongChecked || wrongMac) return;
    void checking.run(async () => {
      const result = await client.send(new VerifyMacCommand({ KeyId: metadata.KeyId, Message: bytesOf(checked), MacAlgorithm: algorithm, Mac: bytesOf(mac) }));
      setValid(result.MacValid === true);
    });
  };
  const invalid = checking.error && codeOf(checking.error) === 'KMSInvalidMacException';
  return (
    <SpaceBetween size="l">
      <Panel title="Generate MAC" description={`Algorithm: ${algorithm}`} action="Generate MAC" onRun={generate} doing={making} result={out && <Output label="HMAC" bytes={out} />}>
        <BytesField label="Message" description="At most 4096 bytes." value={message} onChange={setMessage} formats={['text', 'base64', 'hex']} error={tried.make ? wrong : undefined} />
      </Panel>
      <Panel
        title="Verify MAC"
        description={`Algorithm: ${algorithm}`}
        action="Verify MAC"
        onRun={verify}
        doing={checking}
        failure={invalid ? 'The HMAC is not valid' : undefined}
        result={valid && <Alert type="success">The HMAC is valid.</Alert>}
      >
        <BytesField
          label="Message"
          description="At most 4096 bytes."
          value={checked}
          onChange={(m) => (setValid(false), setChecked(m))}
          formats={['text', 'base64', 'hex']}
          error={tried.check ? wrongChecked : undefined}
        />
        <BytesField label="HMAC" description="In base64." value={mac} onChange={(m) => (setValid(false), setMac(m))} error={tried.check ? wrongMac : undefined} />
      </Panel>
    </SpaceBetween>
  );
}
