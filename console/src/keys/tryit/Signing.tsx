// Signs and verifies with a key.
import { KMSClient, SignCommand, VerifyCommand, type KeyMetadata, type SigningAlgorithmSpec } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { toBase64 } from '../../app/bytes';
import { useClient } from '../../app/client';
import { useAction } from '../../app/load';
import { codeOf } from '../../ui/ErrorNote';
import { algorithmsOf } from '../describe';
import { BytesField } from './BytesField';
import { bytesOf, enteredError, messageLimits, messageTypes, noBase64, nothing, type Entered, type MessageType } from './input';
import { Choice, Output, Panel } from './Panel';

/** Message is what is signed, and how. */
interface Message {
  algorithm: string;
  type: MessageType;
  message: Entered;
}

const labels: Record<MessageType, string> = { RAW: 'Message', DIGEST: 'Message digest', EXTERNAL_MU: 'Message representative (mu)' };

function withAlgorithm(m: Message, algorithm: string): Message {
  const types = messageTypes(algorithm);
  return withType({ ...m, algorithm }, types.includes(m.type) ? m.type : types[0]);
}

/** withType sets the type; a digest can't be entered as text. */
const withType = (m: Message, type: MessageType): Message => ({ ...m, type, message: type !== 'RAW' && m.message.format === 'text' ? { text: '', format: 'hex' } : m.message });

const wrongMessage = (m: Message) => enteredError(m.message, messageLimits(m.algorithm, m.type));

export function Signing({ metadata }: { metadata: KeyMetadata }) {
  const { algorithms } = algorithmsOf(metadata);
  const start = withAlgorithm({ algorithm: algorithms[0], type: 'RAW', message: nothing }, algorithms[0]);
  const [message, setMessage] = useState(start);
  const [signature, setSignature] = useState<Entered>(noBase64);
  return (
    <SpaceBetween size="l">
      <Sign
        metadata={metadata}
        start={start}
        onSigned={(m, s) => {
          setMessage(m);
          setSignature({ text: toBase64(s), format: 'base64' });
        }}
      />
      <Verify metadata={metadata} message={message} onMessage={setMessage} signature={signature} onSignature={setSignature} />
    </SpaceBetween>
  );
}

function MessageFields({ message, algorithms, onChange, error }: { message: Message; algorithms: readonly string[]; onChange: (m: Message) => void; error?: string }) {
  const limits = messageLimits(message.algorithm, message.type);
  return (
    <>
      <Choice label="Signing algorithm" value={message.algorithm} options={algorithms} onChange={(a) => onChange(withAlgorithm(message, a))} />
      <Choice label="Message type" value={message.type} options={messageTypes(message.algorithm)} onChange={(t) => onChange(withType(message, t as MessageType))} />
      <BytesField
        label={labels[message.type]}
        description={limits.exactly ? `Exactly ${limits.exactly} bytes.` : `At most ${limits.most} bytes.`}
        value={message.message}
        onChange={(m) => onChange({ ...message, message: m })}
        formats={message.type === 'RAW' ? ['text', 'base64', 'hex'] : ['hex', 'base64']}
        error={error}
      />
    </>
  );
}

function Sign({ metadata, start, onSigned }: { metadata: KeyMetadata; start: Message; onSigned: (message: Message, signature: Uint8Array) => void }) {
  const client = useClient(KMSClient);
  const doing = useAction();
  const [message, setMessage] = useState(start);
  const [tried, setTried] = useState(false);
  const [out, setOut] = useState<Uint8Array>();
  const wrong = wrongMessage(message);
  const sign = () => {
    setTried(true);
    setOut(undefined);
    if (wrong) return;
    void doing.run(async () => {
      const result = await client.send(
        new SignCommand({ KeyId: metadata.KeyId, Message: bytesOf(message.message), MessageType: message.type, SigningAlgorithm: message.algorithm as SigningAlgorithmSpec }),
      );
      setOut(result.Signature);
      onSigned(message, result.Signature!);
    });
  };
  return (
    <Panel title="Sign" action="Sign" onRun={sign} doing={doing} result={out && <Output label="Signature" bytes={out} />}>
      <MessageFields message={message} algorithms={algorithmsOf(metadata).algorithms} onChange={setMessage} error={tried ? wrong : undefined} />
    </Panel>
  );
}

interface VerifyProps {
  metadata: KeyMetadata;
  message: Message;
  onMessage: (m: Message) => void;
  signature: Entered;
  onSignature: (s: Entered) => void;
}

function Verify({ metadata, message, onMessage, signature, onSignature }: VerifyProps) {
  const client = useClient(KMSClient);
  const doing = useAction();
  const [tried, setTried] = useState(false);
  const [valid, setValid] = useState(false);
  const wrong = wrongMessage(message);
  const wrongSignature = enteredError(signature, { what: 'signature', most: 6144 });
  const verify = () => {
    setTried(true);
    setValid(false);
    if (wrong || wrongSignature) return;
    void doing.run(async () => {
      const result = await client.send(
        new VerifyCommand({
          KeyId: metadata.KeyId,
          Message: bytesOf(message.message),
          MessageType: message.type,
          Signature: bytesOf(signature),
          SigningAlgorithm: message.algorithm as SigningAlgorithmSpec,
        }),
      );
      setValid(result.SignatureValid === true);
    });
  };
  const invalid = doing.error && codeOf(doing.error) === 'KMSInvalidSignatureException';
  return (
    <Panel
      title="Verify"
      action="Verify"
      onRun={verify}
      doing={doing}
      failure={invalid ? 'The signature is not valid' : undefined}
      result={valid && <Alert type="success">The signature is valid.</Alert>}
    >
      <MessageFields message={message} algorithms={algorithmsOf(metadata).algorithms} onChange={(m) => (setValid(false), onMessage(m))} error={tried ? wrong : undefined} />
      <BytesField label="Signature" description="In base64." value={signature} onChange={(s) => (setValid(false), onSignature(s))} error={tried ? wrongSignature : undefined} rows={5} />
    </Panel>
  );
}
