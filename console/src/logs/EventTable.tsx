// Log events: each on a line, which opens to the whole message, as JSON where it is JSON.
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Table from '@cloudscape-design/components/table';
import type { ReactNode } from 'react';
import { CopyButton } from '../ui/Copy';
import { Go } from '../ui/Go';
import { JsonView } from '../ui/JsonEditor';
import { Time } from '../ui/Time';
import { streamPath } from './places';

export interface LogEvent {
  id: string;
  timestamp?: number;
  message?: string;
  stream?: string;
}

const shortest = 220;

/** oneLine is what is shown of a message that is not opened. */
const oneLine = (message: string) => {
  const line = message.replace(/\s+/g, ' ').trim();
  return line.length > shortest ? `${line.slice(0, shortest)}…` : line || '(empty message)';
};

function Message({ text }: { text: string }) {
  return (
    <ExpandableSection variant="inline" headerText={oneLine(text)} disableContentPaddings>
      <JsonView text={text} />
      <CopyButton text={text} name="message" />
    </ExpandableSection>
  );
}

/** EventTable lists events. With a group, each tells its stream. */
export function EventTable({ events, loading, empty, group, header, filter, footer, label = 'Log events' }: { events: readonly LogEvent[]; loading?: boolean; empty: ReactNode; group?: string; header?: ReactNode; filter?: ReactNode; footer?: ReactNode; label?: string }) {
  return (
    <Table<LogEvent>
      items={events}
      trackBy="id"
      loading={loading && events.length === 0}
      loadingText="Loading log events"
      wrapLines
      ariaLabels={{ tableLabel: label }}
      header={header}
      filter={filter}
      footer={footer}
      empty={empty}
      columnDefinitions={[
        { id: 'time', header: 'Timestamp', width: 250, cell: (e) => <Time at={e.timestamp === undefined ? undefined : e.timestamp / 1000} seconds /> },
        { id: 'message', header: 'Message', minWidth: 300, cell: (e) => <Message text={e.message ?? ''} /> },
        ...(group ? [{ id: 'stream', header: 'Log stream', width: 220, cell: (e: LogEvent) => (e.stream ? <Go to={streamPath(group, e.stream)}>{e.stream}</Go> : '–') }] : []),
      ]}
    />
  );
}
