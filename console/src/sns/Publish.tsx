// The dialog that publishes a message.
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useClient } from '../app/client';
import { done } from '../app/flash';
import { Confirm } from '../ui/Confirm';

/** limit is the longest message, in bytes. */
const limit = 262144;

export function Publish({ arn, onClose }: { arn: string; onClose: () => void }) {
  const sns = useClient(SNSClient);
  const [subject, setSubject] = useState('');
  const [message, setMessage] = useState('');
  const subjectError = subject.length > 100 ? 'A subject has at most 100 characters.' : subject && !/^[\x20-\x7e]+$/.test(subject) ? 'A subject has ASCII characters only.' : undefined;
  const messageError = new Blob([message]).size > limit ? `A message has at most ${limit} bytes.` : undefined;
  return (
    <Confirm
      title="Publish message to topic"
      action="Publish message"
      size="large"
      disabled={!message || !!subjectError || !!messageError}
      onClose={onClose}
      onConfirm={async () => {
        const sent = await sns.send(new PublishCommand({ TopicArn: arn, Subject: subject || undefined, Message: message }));
        done('The message was published.', sent, `Message ID: ${sent.MessageId}`);
      }}
    >
      <SpaceBetween size="m">
        <FormField label="Subject - optional" errorText={subjectError}>
          <Input value={subject} onChange={(e) => setSubject(e.detail.value)} autoComplete={false} />
        </FormField>
        <FormField label="Message body" errorText={messageError}>
          <Textarea value={message} onChange={(e) => setMessage(e.detail.value)} rows={8} />
        </FormField>
      </SpaceBetween>
    </Confirm>
  );
}
