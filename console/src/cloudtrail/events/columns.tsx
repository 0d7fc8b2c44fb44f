// The columns of the event history.
import type { Event } from '@aws-sdk/client-cloudtrail';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { TableProps } from '@cloudscape-design/components/table';
import { Go } from '../../ui/Go';
import { Time } from '../../ui/Time';
import { eventPath, lastPart, recordOf } from './record';
import { screenOf } from './resources';
import { isDenied } from './why';

function Resource({ name }: { name: string }) {
  const path = screenOf(name);
  return path ? <Go to={path}>{lastPart(name)}</Go> : <>{lastPart(name)}</>;
}

const resources = (e: Event) => (e.Resources ?? []).filter((r) => r.ResourceName);

export const columns: TableProps.ColumnDefinition<Event>[] = [
  { id: 'name', header: 'Event name', maxWidth: 190, isRowHeader: true, cell: (e) => <Go to={eventPath(e.EventId ?? '')}>{e.EventName}</Go> },
  { id: 'time', header: 'Event time', cell: (e) => <Time at={e.EventTime} seconds /> },
  { id: 'user', header: 'User name', maxWidth: 120, cell: (e) => e.Username ?? '–' },
  { id: 'source', header: 'Event source', maxWidth: 195, cell: (e) => e.EventSource },
  { id: 'type', header: 'Resource type', cell: (e) => [...new Set(resources(e).map((r) => r.ResourceType))].join(', ') || '–' },
  {
    id: 'outcome',
    header: 'Error code',
    maxWidth: 185,
    cell: (e) => {
      const r = recordOf(e);
      return r.errorCode ? <StatusIndicator type={isDenied(r) ? 'error' : 'warning'}>{r.errorCode}</StatusIndicator> : '–';
    },
  },
  {
    id: 'resource',
    header: 'Resource name',
    maxWidth: 130,
    cell: (e) =>
      resources(e).length === 0 ? '–' : resources(e).slice(0, 3).map((r, i) => (
        <div key={i} style={{ overflow: 'hidden', textOverflow: 'ellipsis' }}>
          <Resource name={r.ResourceName!} />
        </div>
      )),
  },
  { id: 'readOnly', header: 'Read-only', cell: (e) => e.ReadOnly },
  { id: 'key', header: 'AWS access key', cell: (e) => e.AccessKeyId ?? '–' },
  { id: 'ip', header: 'Source IP address', cell: (e) => recordOf(e).sourceIPAddress ?? '–' },
  { id: 'region', header: 'AWS Region', cell: (e) => recordOf(e).awsRegion ?? '–' },
  { id: 'id', header: 'Event ID', cell: (e) => e.EventId },
  { id: 'request', header: 'Request ID', cell: (e) => recordOf(e).requestID ?? '–' },
];

/** usual are the columns until a person chooses others: what a window of 1440 pixels has place for. */
export const usual = ['name', 'time', 'user', 'source', 'outcome', 'resource'];
