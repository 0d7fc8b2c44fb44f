// What a pattern found in the messages that it was tested on, with the values of its fields.
import type { MetricFilterMatchRecord } from '@aws-sdk/client-cloudwatch-logs';
import Table from '@cloudscape-design/components/table';

export function Matches({ matches }: { matches: readonly MetricFilterMatchRecord[] }) {
  const fields = [...new Set(matches.flatMap((m) => Object.keys(m.extractedValues ?? {})))];
  return (
    <Table
      items={matches}
      trackBy={(m) => String(m.eventNumber)}
      variant="embedded"
      wrapLines
      resizableColumns={false}
      ariaLabels={{ tableLabel: 'Matching log events' }}
      columnDefinitions={[
        { id: 'number', header: 'Event number', cell: (m) => m.eventNumber, isRowHeader: true },
        ...fields.map((f) => ({ id: `field ${f}`, header: f, cell: (m: MetricFilterMatchRecord) => m.extractedValues?.[f] ?? '–' })),
        { id: 'message', header: 'Event message', cell: (m) => <span style={{ overflowWrap: 'anywhere' }}>{m.eventMessage}</span> },
      ]}
    />
  );
}
