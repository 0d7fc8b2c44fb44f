// The list of topics.
import { DeleteTopicCommand, ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import Button from '@cloudscape-design/components/button';
import { useState } from 'react';
import { useClient } from '../app/client';
import { done } from '../app/flash';
import { everything, useLoad } from '../app/load';
import { useGo } from '../app/region';
import { Confirm } from '../ui/Confirm';
import { Copy } from '../ui/Copy';
import { Go } from '../ui/Go';
import { Page } from '../ui/Page';
import { ResourceTable } from '../ui/ResourceTable';
import { topicName, topicPath } from './names';

export function Topics() {
  const sns = useClient(SNSClient);
  const go = useGo();
  const topics = useLoad(
    (abortSignal) =>
      everything(async (NextToken) => {
        const page = await sns.send(new ListTopicsCommand({ NextToken }), { abortSignal });
        return { items: page.Topics?.map((t) => t.TopicArn!), next: page.NextToken };
      }, abortSignal),
    [sns],
  );
  const [selected, setSelected] = useState<string[]>([]);
  const [deleting, setDeleting] = useState(false);
  const create = (
    <Button variant="primary" onClick={() => go('/sns/topics/create')}>
      Create topic
    </Button>
  );
  return (
    <Page title="Topics" description="A topic sends what is published to it to all its confirmed subscriptions.">
      <ResourceTable
        id="topics"
        address="q"
        title="Topics"
        one="topic"
        many="topics"
        items={topics.data}
        loading={topics.loading}
        error={topics.error}
        reload={topics.reload}
        trackBy={(t) => t}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        sortedBy="name"
        columns={[
          { id: 'name', header: 'Name', cell: (t) => <Go to={topicPath(t)}>{topicName(t)}</Go>, value: topicName, isRowHeader: true },
          { id: 'arn', header: 'ARN', cell: (t) => <Copy text={t} name="ARN" />, value: (t) => t },
        ]}
        actions={
          <>
            <Button disabled={selected.length === 0} onClick={() => setDeleting(true)}>
              Delete
            </Button>{' '}
            {create}
          </>
        }
        empty={{ hint: 'Create a topic, and subscribe those who should hear of alarms.', action: create }}
      />
      {deleting && selected[0] && (
        <DeleteTopic
          arn={selected[0]}
          onClose={() => setDeleting(false)}
          onDone={() => {
            setSelected([]);
            topics.reload();
          }}
        />
      )}
    </Page>
  );
}

export function DeleteTopic({ arn, onClose, onDone }: { arn: string; onClose: () => void; onDone: () => void }) {
  const sns = useClient(SNSClient);
  const name = topicName(arn);
  return (
    <Confirm
      title="Delete topic"
      action="Delete"
      typed="delete me"
      onClose={onClose}
      onConfirm={async () => {
        done(`Topic ${name} was deleted.`, await sns.send(new DeleteTopicCommand({ TopicArn: arn })));
        onDone();
      }}
    >
      Delete topic <b>{name}</b> permanently? Its subscriptions are deleted too, and alarms that notify it notify nobody. You can’t undo this action.
    </Confirm>
  );
}
