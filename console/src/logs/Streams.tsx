// The log streams of a group.
import { CloudWatchLogsClient, CreateLogStreamCommand, DeleteLogStreamCommand, DescribeLogStreamsCommand, type LogStream } from '@aws-sdk/client-cloudwatch-logs';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import { useClient } from '../app/client';
import { done } from '../app/flash';
import { everything, useLoad } from '../app/load';
import { Confirm } from '../ui/Confirm';
import { Go } from '../ui/Go';
import { ResourceTable, type Column } from '../ui/ResourceTable';
import { Time } from '../ui/Time';
import { streamNameError } from './groups';
import { streamPath } from './places';

const columns = (group: string): Column<LogStream>[] => [
  { id: 'name', header: 'Log stream', isRowHeader: true, value: (s) => s.logStreamName, cell: (s) => <Go to={streamPath(group, s.logStreamName!)}>{s.logStreamName}</Go> },
  { id: 'last', header: 'Last event time', value: (s) => s.lastEventTimestamp ?? 0, cell: (s) => (s.lastEventTimestamp ? <Time at={s.lastEventTimestamp / 1000} seconds /> : '–') },
  { id: 'first', header: 'First event time', value: (s) => s.firstEventTimestamp ?? 0, cell: (s) => (s.firstEventTimestamp ? <Time at={s.firstEventTimestamp / 1000} seconds /> : '–'), hidden: true },
  { id: 'created', header: 'Creation time', value: (s) => s.creationTime ?? 0, cell: (s) => <Time at={s.creationTime! / 1000} />, hidden: true },
];

export function Streams({ group }: { group: string }) {
  const logs = useClient(CloudWatchLogsClient);
  const [selected, setSelected] = useState<readonly LogStream[]>([]);
  const [dialog, setDialog] = useState<'create' | 'delete'>();
  const streams = useLoad(
    (signal) =>
      everything(async (nextToken) => {
        const page = await logs.send(new DescribeLogStreamsCommand({ logGroupName: group, nextToken, limit: 50 }), { abortSignal: signal });
        return { items: page.logStreams, next: page.nextToken };
      }, signal),
    [logs, group],
  );
  const remove = async () => {
    try {
      for (const s of selected) {
        const result = await logs.send(new DeleteLogStreamCommand({ logGroupName: group, logStreamName: s.logStreamName }));
        done(`Log stream ${s.logStreamName} deleted`, result);
      }
    } finally {
      setSelected([]);
      streams.reload();
    }
  };
  const create = <Button onClick={() => setDialog('create')}>Create log stream</Button>;
  return (
    <>
      <ResourceTable
        id="log-streams"
        title="Log streams"
        one="log stream"
        many="log streams"
        items={streams.data}
        loading={streams.loading}
        error={streams.error}
        reload={streams.reload}
        columns={columns(group)}
        trackBy={(s) => s.logStreamName!}
        sortedBy="last"
        descending
        address="streams"
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        empty={{ hint: 'A log stream has the events of one source. Programs that write logs make their own.', action: create }}
        actions={
          <>
            <Button disabled={selected.length === 0} onClick={() => setDialog('delete')}>
              Delete
            </Button>
            {create}
          </>
        }
      />
      {dialog === 'create' && <CreateStream group={group} onDone={streams.reload} onClose={() => setDialog(undefined)} />}
      {dialog === 'delete' && (
        <Confirm title="Delete log stream(s)?" action="Delete" typed="delete" warning="All log events of the stream are deleted for good." onConfirm={remove} onClose={() => setDialog(undefined)}>
          <ul>
            {selected.map((s) => (
              <li key={s.logStreamName} style={{ overflowWrap: 'anywhere' }}>
                {s.logStreamName}
              </li>
            ))}
          </ul>
        </Confirm>
      )}
    </>
  );
}

function CreateStream({ group, onDone, onClose }: { group: string; onDone: () => void; onClose: () => void }) {
  const logs = useClient(CloudWatchLogsClient);
  const [name, setName] = useState('');
  const wrong = streamNameError(name);
  const create = async () => {
    const result = await logs.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName: name }));
    done(`Log stream ${name} created`, result);
    onDone();
  };
  return (
    <Confirm title="Create log stream" action="Create" disabled={wrong !== undefined} onConfirm={create} onClose={onClose}>
      <FormField label="Log stream name" errorText={name ? wrong : undefined}>
        <Input value={name} onChange={(e) => setName(e.detail.value)} autoFocus autoComplete={false} />
      </FormField>
    </Confirm>
  );
}
