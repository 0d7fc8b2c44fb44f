// The form that subscribes an endpoint to a topic.
import { ListTopicsCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import Container from '@cloudscape-design/components/container';
import Checkbox from '@cloudscape-design/components/checkbox';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useClient } from '../app/client';
import { done } from '../app/flash';
import { everything, useAction, useLoad } from '../app/load';
import { useGo } from '../app/region';
import { jsonError, JsonEditor } from '../ui/JsonEditor';
import { Page } from '../ui/Page';
import { PageForm } from '../ui/PageForm';
import { endpointError, protocols, topicName, topicPath, type Protocol } from './names';

export function CreateSubscription() {
  const sns = useClient(SNSClient);
  const go = useGo();
  const [query] = useSearchParams();
  const { busy, error, run } = useAction();
  const topics = useLoad(
    (abortSignal) =>
      everything(async (NextToken) => {
        const page = await sns.send(new ListTopicsCommand({ NextToken }), { abortSignal });
        return { items: page.Topics?.map((t) => t.TopicArn!), next: page.NextToken };
      }, abortSignal),
    [sns],
  );
  const [topic, setTopic] = useState(query.get('topic') ?? '');
  const [protocol, setProtocol] = useState<Protocol>('email');
  const [endpoint, setEndpoint] = useState('');
  const [raw, setRaw] = useState(false);
  const [filter, setFilter] = useState('');
  const [tried, setTried] = useState(false);
  const wrong = endpointError(protocol, endpoint);
  const known = protocols.find((p) => p.value === protocol)!;
  const submit = async () => {
    setTried(true);
    if (!topic || wrong || (filter && jsonError(filter))) return;
    const Attributes: Record<string, string> = {};
    if (raw && protocol.startsWith('http')) Attributes.RawMessageDelivery = 'true';
    if (filter) Attributes.FilterPolicy = filter;
    const ok = await run(async () => {
      const made = await sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: protocol, Endpoint: endpoint, Attributes, ReturnSubscriptionArn: true }));
      done(`${endpoint} was subscribed to ${topicName(topic)}.`, made, 'It hears of nothing until the subscription is confirmed: by the link in the mail, or by the URL in the message.');
    });
    if (ok) go(topicPath(topic));
  };
  return (
    <Page title="Create subscription" above={[{ text: 'Subscriptions', path: '/sns/subscriptions' }]}>
      <PageForm submit="Create subscription" busy={busy} error={error} onSubmit={submit} onCancel={() => go(topic ? topicPath(topic) : '/sns/subscriptions')}>
        <Container header={<Header variant="h2">Details</Header>}>
          <SpaceBetween size="m">
            <FormField label="Topic ARN" errorText={tried && !topic ? 'Choose a topic.' : topics.error?.message}>
              <Select
                selectedOption={topic ? { value: topic, label: topicName(topic), description: topic } : null}
                options={topics.data?.map((t) => ({ value: t, label: topicName(t), description: t }))}
                statusType={topics.loading ? 'loading' : 'finished'}
                filteringType="auto"
                placeholder="Choose a topic"
                empty="No topics. Create one first."
                onChange={(e) => setTopic(e.detail.selectedOption.value!)}
              />
            </FormField>
            <FormField label="Protocol">
              <Select
                selectedOption={known}
                options={protocols}
                onChange={(e) => setProtocol(e.detail.selectedOption.value as Protocol)}
              />
            </FormField>
            <FormField label="Endpoint" constraintText={`For example ${known.example}`} errorText={tried || endpoint.length > 3 ? wrong : undefined}>
              <Input value={endpoint} onChange={(e) => setEndpoint(e.detail.value)} autoComplete={false} inputMode={protocol.startsWith('email') ? 'email' : 'url'} />
            </FormField>
            {protocol.startsWith('http') && (
              <Checkbox checked={raw} onChange={(e) => setRaw(e.detail.checked)} description="The message alone, without the JSON around it.">
                Enable raw message delivery
              </Checkbox>
            )}
          </SpaceBetween>
        </Container>
        <ExpandableSection variant="container" headerText="Subscription filter policy - optional" headerDescription="Only messages with these attributes are sent.">
          <JsonEditor label="Filter policy" value={filter} onChange={setFilter} rows={8} />
        </ExpandableSection>
      </PageForm>
    </Page>
  );
}
