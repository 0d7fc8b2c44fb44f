// A topic: its subscriptions, its access policy, its tags; what can be published to it.
import { GetTopicAttributesCommand, ListTagsForResourceCommand, SetTopicAttributesCommand, SNSClient, TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-sns';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { useClient } from '../app/client';
import { done } from '../app/flash';
import { useLoad } from '../app/load';
import { useGo } from '../app/region';
import { Copy } from '../ui/Copy';
import { ErrorNote } from '../ui/ErrorNote';
import { Fields, Loading } from '../ui/Field';
import { Page } from '../ui/Page';
import { TagsPanel } from '../ui/TagsPanel';
import { DocumentPanel } from '../ui/DocumentPanel';
import { EditDisplayName } from './EditDisplayName';
import { useTopicArn } from './names';
import { Publish } from './Publish';
import { Subscriptions } from './Subscriptions';
import { DeleteTopic } from './Topics';

export function Topic() {
  const { name = '' } = useParams();
  const arn = useTopicArn()(name);
  const sns = useClient(SNSClient);
  const go = useGo();
  const [query, setQuery] = useSearchParams();
  const [open, setOpen] = useState<'delete' | 'publish' | 'edit'>();
  const topic = useLoad(async (abortSignal) => (await sns.send(new GetTopicAttributesCommand({ TopicArn: arn }), { abortSignal })).Attributes ?? {}, [sns, arn]);
  const close = () => setOpen(undefined);
  const set = async (AttributeName: string, AttributeValue: string) => {
    done(`Topic ${name} was changed.`, await sns.send(new SetTopicAttributesCommand({ TopicArn: arn, AttributeName, AttributeValue })));
    topic.reload();
  };
  const a = topic.data;
  return (
    <Page
      title={name}
      above={[{ text: 'Topics', path: '/sns/topics' }]}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button disabled={!a} onClick={() => setOpen('edit')}>
            Edit
          </Button>
          <Button disabled={!a} onClick={() => setOpen('delete')}>
            Delete
          </Button>
          <Button disabled={!a} onClick={() => setOpen('publish')}>
            Publish message
          </Button>
        </SpaceBetween>
      }
    >
      <ErrorNote error={topic.error} retry={topic.reload} />
      {!a && topic.loading && <Loading />}
      {a && (
        <>
          <Container header={<Header variant="h2">Details</Header>}>
            <Fields
              items={[
                { label: 'Name', value: name },
                { label: 'Display name', value: a.DisplayName || '–' },
                { label: 'ARN', value: <Copy text={a.TopicArn} name="ARN" /> },
                { label: 'Topic owner', value: a.Owner },
                { label: 'Confirmed subscriptions', value: a.SubscriptionsConfirmed },
                { label: 'Pending subscriptions', value: a.SubscriptionsPending },
              ]}
            />
          </Container>
          <Tabs
            ariaLabel="Parts of the topic"
            activeTabId={query.get('tab') ?? 'subscriptions'}
            onChange={(e) => setQuery({ tab: e.detail.activeTabId }, { replace: true })}
            tabs={[
              { id: 'subscriptions', label: 'Subscriptions', content: <Subscriptions topic={arn} /> },
              {
                id: 'policy',
                label: 'Access policy',
                content: <DocumentPanel title="Access policy" description="Who may publish to the topic and subscribe to it." text={a.Policy ?? ''} limit={30720} save={(text) => set('Policy', text)} />,
              },
              {
                id: 'delivery',
                label: 'Delivery policy (HTTP/S)',
                content: (
                  <DocumentPanel
                    title="Delivery policy"
                    description="How often and for how long messages to URLs are tried again."
                    text={a.DeliveryPolicy ?? a.EffectiveDeliveryPolicy ?? ''}
                    save={(text) => set('DeliveryPolicy', text)}
                  />
                ),
              },
              {
                id: 'tags',
                label: 'Tags',
                content: (
                  <TagsPanel
                    load={async () => (await sns.send(new ListTagsForResourceCommand({ ResourceArn: arn }))).Tags?.map((t) => ({ key: t.Key!, value: t.Value! })) ?? []}
                    put={(tags) => sns.send(new TagResourceCommand({ ResourceArn: arn, Tags: tags.map((t) => ({ Key: t.key, Value: t.value })) }))}
                    remove={(TagKeys) => sns.send(new UntagResourceCommand({ ResourceArn: arn, TagKeys }))}
                    of={arn}
                  />
                ),
              },
            ]}
          />
        </>
      )}
      {open === 'delete' && <DeleteTopic arn={arn} onClose={close} onDone={() => go('/sns/topics')} />}
      {open === 'publish' && <Publish arn={arn} onClose={close} />}
      {open === 'edit' && a && <EditDisplayName value={a.DisplayName ?? ''} save={(v) => set('DisplayName', v)} onClose={close} />}
    </Page>
  );
}
