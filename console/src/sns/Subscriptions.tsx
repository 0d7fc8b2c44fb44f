// Lists of subscriptions: all of the account, or those of a topic.
import { ListSubscriptionsByTopicCommand, ListSubscriptionsCommand, SNSClient, SubscribeCommand, UnsubscribeCommand, type Subscription } from '@aws-sdk/client-sns';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useClient } from '../app/client';
import { done, failed } from '../app/flash';
import { everything, useLoad } from '../app/load';
import { useGo } from '../app/region';
import { Confirm } from '../ui/Confirm';
import { Go } from '../ui/Go';
import { Page } from '../ui/Page';
import { ResourceTable } from '../ui/ResourceTable';
import { subscriptionPath, topicName, topicPath } from './names';

const pending = (s: Subscription) => s.SubscriptionArn === 'PendingConfirmation';
const deleted = (s: Subscription) => s.SubscriptionArn === 'Deleted';
const state = (s: Subscription) => (pending(s) ? 'Pending confirmation' : deleted(s) ? 'Deleted' : 'Confirmed');
const id = (s: Subscription) => subscriptionPath(s.SubscriptionArn!)?.split('/').at(-1) ?? state(s);
const key = (s: Subscription) => `${s.SubscriptionArn} ${s.TopicArn} ${s.Protocol} ${s.Endpoint}`;

export function AllSubscriptions() {
  return (
    <Page title="Subscriptions" description="Who hears of what is published to the topics of this account.">
      <Subscriptions />
    </Page>
  );
}

/** Subscriptions lists those of one topic, or all. */
export function Subscriptions({ topic }: { topic?: string }) {
  const sns = useClient(SNSClient);
  const go = useGo();
  const list = useLoad(
    (abortSignal) =>
      everything(async (NextToken) => {
        const page = topic
          ? await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic, NextToken }), { abortSignal })
          : await sns.send(new ListSubscriptionsCommand({ NextToken }), { abortSignal });
        return { items: page.Subscriptions, next: page.NextToken };
      }, abortSignal),
    [sns, topic],
  );
  const [selected, setSelected] = useState<Subscription[]>([]);
  const [deleting, setDeleting] = useState(false);
  const one = selected[0];
  const again = async () => {
    try {
      done(`A new confirmation was sent to ${one.Endpoint}.`, await sns.send(new SubscribeCommand({ TopicArn: one.TopicArn, Protocol: one.Protocol, Endpoint: one.Endpoint })));
    } catch (e) {
      failed('No confirmation was sent', e);
    }
  };
  const create = (
    <Button variant="primary" onClick={() => go(`/sns/subscriptions/create${topic ? `?topic=${encodeURIComponent(topic)}` : ''}`)}>
      Create subscription
    </Button>
  );
  return (
    <>
      <ResourceTable
        id="subscriptions"
        address="q"
        title="Subscriptions"
        one="subscription"
        many="subscriptions"
        items={list.data}
        loading={list.loading}
        error={list.error}
        reload={list.reload}
        trackBy={key}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        columns={[
          { id: 'id', header: 'ID', cell: (s) => (subscriptionPath(s.SubscriptionArn!) ? <Go to={subscriptionPath(s.SubscriptionArn!)!}>{id(s)}</Go> : id(s)), value: id, isRowHeader: true },
          { id: 'endpoint', header: 'Endpoint', cell: (s) => s.Endpoint, value: (s) => s.Endpoint },
          { id: 'status', header: 'Status', cell: (s) => <StatusIndicator type={pending(s) ? 'pending' : deleted(s) ? 'stopped' : 'success'}>{state(s)}</StatusIndicator>, value: state },
          { id: 'protocol', header: 'Protocol', cell: (s) => s.Protocol?.toUpperCase(), value: (s) => s.Protocol },
          { id: 'topic', header: 'Topic', cell: (s) => <Go to={topicPath(s.TopicArn!)}>{topicName(s.TopicArn!)}</Go>, value: (s) => topicName(s.TopicArn!) },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!one || !pending(one)} onClick={again}>
              Request confirmation
            </Button>
            <Button disabled={!one || pending(one) || deleted(one)} onClick={() => setDeleting(true)}>
              Delete
            </Button>
            {create}
          </SpaceBetween>
        }
        empty={{ hint: topic ? 'Nobody hears of what is published to this topic.' : 'Subscribe an email address or a URL to a topic.', action: create }}
      />
      {deleting && one && (
        <DeleteSubscription
          arn={one.SubscriptionArn!}
          endpoint={one.Endpoint!}
          onClose={() => setDeleting(false)}
          onDone={() => {
            setSelected([]);
            list.reload();
          }}
        />
      )}
    </>
  );
}

export function DeleteSubscription({ arn, endpoint, onClose, onDone }: { arn: string; endpoint: string; onClose: () => void; onDone: () => void }) {
  const sns = useClient(SNSClient);
  return (
    <Confirm
      title="Delete subscription"
      action="Delete"
      onClose={onClose}
      onConfirm={async () => {
        done(`The subscription of ${endpoint} was deleted.`, await sns.send(new UnsubscribeCommand({ SubscriptionArn: arn })));
        onDone();
      }}
    >
      Delete the subscription of <b>{endpoint}</b> permanently? It hears of nothing more, and must be confirmed again if you subscribe it again.
    </Confirm>
  );
}
