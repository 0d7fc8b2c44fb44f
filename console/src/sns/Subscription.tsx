// A subscription: its state, and what is sent to it.
import { GetSubscriptionAttributesCommand, SetSubscriptionAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Tabs from '@cloudscape-design/components/tabs';
import Toggle from '@cloudscape-design/components/toggle';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { useClient } from '../app/client';
import { done } from '../app/flash';
import { useAction, useLoad } from '../app/load';
import { useGo } from '../app/region';
import { Copy } from '../ui/Copy';
import { DocumentPanel } from '../ui/DocumentPanel';
import { ErrorNote } from '../ui/ErrorNote';
import { Fields, Loading } from '../ui/Field';
import { Go } from '../ui/Go';
import { Page } from '../ui/Page';
import { topicName, topicPath, useTopicArn } from './names';
import { DeleteSubscription } from './Subscriptions';

const scopes = [
  { value: 'MessageAttributes', label: 'Message attributes' },
  { value: 'MessageBody', label: 'Message body' },
];

export function Subscription() {
  const { topic = '', id = '' } = useParams();
  const arn = `${useTopicArn()(topic)}:${id}`;
  const sns = useClient(SNSClient);
  const go = useGo();
  const [query, setQuery] = useSearchParams();
  const [deleting, setDeleting] = useState(false);
  const changing = useAction();
  const one = useLoad(async (abortSignal) => (await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn }), { abortSignal })).Attributes ?? {}, [sns, arn]);
  const set = async (AttributeName: string, AttributeValue: string) => {
    done('The subscription was changed.', await sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn: arn, AttributeName, AttributeValue })));
    one.reload();
  };
  const a = one.data;
  const pending = a?.PendingConfirmation === 'true';
  return (
    <Page
      title={`Subscription: ${id}`}
      above={[{ text: 'Subscriptions', path: '/sns/subscriptions' }]}
      actions={
        <Button disabled={!a || pending} onClick={() => setDeleting(true)}>
          Delete
        </Button>
      }
    >
      <ErrorNote error={one.error} retry={one.reload} />
      {!a && one.loading && <Loading />}
      {a && (
        <>
          <Container header={<Header variant="h2">Details</Header>}>
            <Fields
              items={[
                { label: 'ARN', value: <Copy text={arn} name="ARN" /> },
                { label: 'Status', value: <StatusIndicator type={pending ? 'pending' : 'success'}>{pending ? 'Pending confirmation' : 'Confirmed'}</StatusIndicator> },
                { label: 'Topic', value: <Go to={topicPath(a.TopicArn)}>{topicName(a.TopicArn)}</Go> },
                { label: 'Endpoint', value: a.Endpoint },
                { label: 'Protocol', value: a.Protocol?.toUpperCase() },
                { label: 'Subscription principal', value: a.SubscriptionPrincipal },
              ]}
            />
          </Container>
          <Tabs
            ariaLabel="Parts of the subscription"
            activeTabId={query.get('tab') ?? 'filter'}
            onChange={(e) => setQuery({ tab: e.detail.activeTabId }, { replace: true })}
            tabs={[
              {
                id: 'filter',
                label: 'Subscription filter policy',
                content: (
                  <SpaceBetween size="m">
                    <FormField label="Filter policy scope" errorText={changing.error && `${changing.error.name}: ${changing.error.message}`}>
                      <Select
                        selectedOption={scopes.find((s) => s.value === (a.FilterPolicyScope ?? 'MessageAttributes'))!}
                        options={scopes}
                        disabled={changing.busy}
                        onChange={(e) => changing.run(() => set('FilterPolicyScope', e.detail.selectedOption.value!))}
                      />
                    </FormField>
                    <DocumentPanel title="Filter policy" description="Only messages that match are sent. Without a policy all are." text={a.FilterPolicy ?? ''} removable save={(text) => set('FilterPolicy', text)} />
                  </SpaceBetween>
                ),
              },
              {
                id: 'delivery',
                label: 'Delivery',
                content: (
                  <SpaceBetween size="m">
                    {a.Protocol?.startsWith('http') && (
                      <Toggle checked={a.RawMessageDelivery === 'true'} disabled={changing.busy} onChange={(e) => changing.run(() => set('RawMessageDelivery', String(e.detail.checked)))}>
                        Raw message delivery
                      </Toggle>
                    )}
                    <ErrorNote error={changing.error} />
                    <DocumentPanel
                      title="Redrive policy (dead letters)"
                      description="Where messages go that could not be delivered."
                      text={a.RedrivePolicy ?? ''}
                      removable
                      save={(text) => set('RedrivePolicy', text)}
                    />
                  </SpaceBetween>
                ),
              },
            ]}
          />
        </>
      )}
      {deleting && a && <DeleteSubscription arn={arn} endpoint={a.Endpoint} onClose={() => setDeleting(false)} onDone={() => go(topicPath(a.TopicArn))} />}
    </Page>
  );
}
