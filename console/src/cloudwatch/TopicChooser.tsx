// Whom an alarm tells: a topic that exists, a new one with the e-mail addresses of those who
// are told, or the ARN of somebody else's.
import { CreateTopicCommand, ListSubscriptionsByTopicCommand, ListTopicsCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useClient } from '../app/client';
import { done } from '../app/flash';
import { everything, useAction, useLoad } from '../app/load';
import { ErrorNote } from '../ui/ErrorNote';
import { Go } from '../ui/Go';
import { topicPath } from '../sns/names';
import { emailsError, emailsOf, topicArnError, topicNameError, topicOf } from './topics/check';

type Kind = 'existing' | 'new' | 'arn';

interface Props {
  /** the ARN of the topic that is chosen; "" for none yet */
  value: string;
  onChange: (arn: string) => void;
  /** shows that no topic is chosen, once somebody has tried to go on */
  tried?: boolean;
  /** ARNs that are chosen elsewhere in the form already */
  taken?: readonly string[];
  label?: string;
}

/** makeTopic makes the topic, or finds it, and subscribes each address, which gets a mail to confirm. */
async function makeTopic(client: SNSClient, name: string, emails: readonly string[]) {
  const result = await client.send(new CreateTopicCommand({ Name: name }));
  for (const Endpoint of emails) await client.send(new SubscribeCommand({ TopicArn: result.TopicArn, Protocol: 'email', Endpoint }));
  return result;
}

export function TopicChooser({ value, onChange, tried = false, taken = [], label = 'Send a notification to the following SNS topic' }: Props) {
  const client = useClient(SNSClient);
  const topics = useLoad((signal) => everything(async (NextToken) => {
    const page = await client.send(new ListTopicsCommand({ NextToken }), { abortSignal: signal });
    return { items: page.Topics?.map((t) => t.TopicArn!), next: page.NextToken };
  }, signal), [client]);
  const [kind, setKind] = useState<Kind>('existing');
  const choose = (next: Kind) => {
    setKind(next);
    if (next !== 'existing') onChange('');
  };
  const names = (topics.data ?? []).map(topicOf);
  const twice = value && taken.includes(value) ? 'This topic is chosen for this state already.' : undefined;
  return (
    <SpaceBetween size="m">
      <FormField label={label} description="Define the SNS topic that will receive the notification.">
        <RadioGroup
          value={kind}
          ariaLabel={label}
          onChange={(e) => choose(e.detail.value as Kind)}
          items={[
            { value: 'existing', label: 'Select an existing SNS topic' },
            { value: 'new', label: 'Create new topic' },
            { value: 'arn', label: 'Use topic ARN to notify other accounts' },
          ]}
        />
      </FormField>
      {kind === 'existing' && (
        <SpaceBetween size="s">
          <FormField
            label="Send a notification to…"
            constraintText="Only topics belonging to this account are listed here. All persons and applications subscribed to the selected topic will receive notifications."
            errorText={twice ?? (tried && !value ? 'Select a topic.' : undefined)}
          >
            <Select
              selectedOption={value ? { value, label: topicOf(value), description: topics.data?.includes(value) ? undefined : value } : null}
              options={(topics.data ?? []).map((arn) => ({ value: arn, label: topicOf(arn) }))}
              onChange={(e) => onChange(e.detail.selectedOption.value!)}
              placeholder="Select a topic"
              filteringType="auto"
              filteringAriaLabel="Find topics"
              expandToViewport
              statusType={topics.loading ? 'loading' : topics.error ? 'error' : 'finished'}
              loadingText="Loading topics"
              errorText="The topics could not be read"
              recoveryText="Retry"
              onLoadItems={() => topics.error && topics.reload()}
              empty="There are no topics yet. Create a new one."
            />
          </FormField>
          <ErrorNote error={topics.error} retry={topics.reload} header="The topics could not be read" />
          {value && <Endpoints arn={value} />}
        </SpaceBetween>
      )}
      {kind === 'new' && (
        <NewTopic
          names={names}
          tried={tried}
          onMade={(arn) => {
            onChange(arn);
            setKind('existing');
            topics.reload();
          }}
        />
      )}
      {kind === 'arn' && (
        <FormField label="Topic ARN" constraintText="The topic's access policy must let this account publish." errorText={twice ?? (tried || value ? topicArnError(value) : undefined)}>
          <Input value={value} onChange={(e) => onChange(e.detail.value.trim())} placeholder="arn:aws:sns:us-east-1:111122223333:MyTopic" autoComplete={false} />
        </FormField>
      )}
    </SpaceBetween>
  );
}

/** topicValid tells a topic that can be an action from an entry that can't. */
export const topicValid = (arn: string) => topicArnError(arn) === undefined;

function NewTopic({ names, tried, onMade }: { names: readonly string[]; tried: boolean; onMade: (arn: string) => void }) {
  const client = useClient(SNSClient);
  const { busy, error, run } = useAction();
  const [name, setName] = useState('Default_CloudWatch_Alarms_Topic');
  const [emails, setEmails] = useState('');
  const [pressed, setPressed] = useState(false);
  const wrongName = topicNameError(name, names);
  const wrongEmails = emailsError(emails);
  const create = async () => {
    setPressed(true);
    if (wrongName || wrongEmails) return;
    await run(async () => {
      const result = await makeTopic(client, name, emailsOf(emails));
      done(`Topic ${name} created`, result, 'Each address has been sent a message. Only who confirms the subscription by the link in it receives notifications.');
      onMade(result.TopicArn!);
    });
  };
  return (
    <SpaceBetween size="m">
      <FormField
        label="Create a new topic…"
        description="The topic name must be unique."
        constraintText="SNS topic names can contain only alphanumeric characters, hyphens (-) and underscores (_)."
        errorText={pressed || name !== 'Default_CloudWatch_Alarms_Topic' ? wrongName : undefined}
      >
        <Input value={name} onChange={(e) => setName(e.detail.value.trim())} autoComplete={false} />
      </FormField>
      <FormField
        label="Email endpoints that will receive the notification…"
        description="Add a comma-separated list of email addresses. Each address will be added as a subscription to the topic above."
        constraintText="user1@example.com, user2@example.com"
        errorText={pressed ? wrongEmails : undefined}
      >
        <Textarea value={emails} rows={3} onChange={(e) => setEmails(e.detail.value)} spellcheck={false} autoComplete={false} />
      </FormField>
      <ErrorNote error={error} />
      <FormField errorText={tried ? 'Choose Create topic first, or select an existing topic.' : undefined}>
        <Button onClick={create} loading={busy}>
          Create topic
        </Button>
      </FormField>
    </SpaceBetween>
  );
}

/** Endpoints are the addresses that a topic tells. */
function Endpoints({ arn }: { arn: string }) {
  const client = useClient(SNSClient);
  const list = useLoad(
    (signal) =>
      everything(async (NextToken) => {
        const page = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn: arn, NextToken }), { abortSignal: signal });
        return { items: page.Subscriptions, next: page.NextToken };
      }, signal),
    [client, arn],
  );
  if (!list.data) return null;
  const emails = list.data.filter((s) => s.Protocol?.startsWith('email')).sort((a, b) => (a.Endpoint ?? '').localeCompare(b.Endpoint ?? ''));
  const pending = emails.filter((s) => s.SubscriptionArn === 'PendingConfirmation');
  return (
    <SpaceBetween size="xs">
      <FormField label="Email (endpoints)">
        <Box>
          {emails.length ? emails.map((s) => s.Endpoint).join(', ') : 'This topic has no e-mail addresses.'} <Go to={topicPath(arn)}>View in SNS Console</Go>
        </Box>
      </FormField>
      {list.data.length === 0 && <Alert type="warning">Nobody is subscribed to this topic. Notifications reach nobody until somebody subscribes and confirms.</Alert>}
      {pending.length > 0 && (
        <Box variant="small">
          Pending confirmation: {pending.map((s) => s.Endpoint).join(', ')}
        </Box>
      )}
    </SpaceBetween>
  );
}
