// What happened to an alarm: changes of its state, of its configuration, and what it did.
import { CloudWatchClient, DescribeAlarmHistoryCommand, type AlarmHistoryItem } from '@aws-sdk/client-cloudwatch';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import Modal from '@cloudscape-design/components/modal';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useClient } from '../../app/client';
import { everything, useLoad } from '../../app/load';
import { CopyButton } from '../../ui/Copy';
import { Fields } from '../../ui/Field';
import { JsonView, pretty } from '../../ui/JsonEditor';
import { ResourceTable, type Column } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';

const types: Record<string, string> = { StateUpdate: 'State update', ConfigurationUpdate: 'Configuration update', Action: 'Action' };
const typeOf = (i: AlarmHistoryItem) => types[i.HistoryItemType ?? ''] ?? i.HistoryItemType ?? '';

interface Numbered extends AlarmHistoryItem {
  n: number;
}

export function AlarmHistory({ name, turn }: { name: string; turn: unknown }) {
  const client = useClient(CloudWatchClient);
  const [search, setSearch] = useSearchParams();
  const [open, setOpen] = useState<Numbered>();
  const { data, error, loading, reload } = useLoad(
    (signal) =>
      everything(async (NextToken) => {
        const page = await client.send(new DescribeAlarmHistoryCommand({ AlarmName: name, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], MaxRecords: 100, NextToken }), { abortSignal: signal });
        return { items: page.AlarmHistoryItems, next: page.NextToken };
      }, signal),
    [client, name, turn],
  );
  const type = search.get('type') ?? '';
  const items = useMemo(() => data?.map((i, n): Numbered => ({ ...i, n: data.length - n })).filter((i) => !type || i.HistoryItemType === type), [data, type]);
  const columns = useMemo<Column<Numbered>[]>(
    () => [
      { id: 'date', header: 'Date', cell: (i) => <Time at={i.Timestamp} seconds />, value: (i) => i.n, width: 270 },
      { id: 'type', header: 'Type', cell: typeOf, value: typeOf, width: 190 },
      {
        id: 'summary',
        header: 'Description',
        cell: (i) => (
          <Link variant="primary" onFollow={(e) => (e.preventDefault(), setOpen(i))} ariaLabel={`${i.HistorySummary}: view the record`}>
            {i.HistorySummary}
          </Link>
        ),
        value: (i) => i.HistorySummary,
        isRowHeader: true,
      },
    ],
    [],
  );
  const option = (value: string) => ({ value, label: types[value] ?? 'Any' });
  return (
    <>
      <ResourceTable<Numbered>
        title="History"
        one="record"
        many="records"
        description="CloudWatch keeps the history of an alarm for 30 days."
        items={items}
        loading={loading}
        error={error}
        reload={reload}
        columns={columns}
        trackBy={(i) => String(i.n)}
        sortedBy="date"
        descending
        empty={{ hint: 'Nothing has happened to this alarm in the last 30 days.' }}
        beside={
          <Select
            ariaLabel="Type"
            inlineLabelText="Type"
            selectedOption={option(type)}
            options={['', ...Object.keys(types)].map(option)}
            onChange={(e) => setSearch((s) => (e.detail.selectedOption.value ? s.set('type', e.detail.selectedOption.value) : s.delete('type'), s), { replace: true })}
          />
        }
      />
      {open && (
        <Modal
          visible
          size="large"
          header="History record"
          onDismiss={() => setOpen(undefined)}
          footer={
            <Box float="right">
              <SpaceBetween direction="horizontal" size="xs">
                <CopyButton name="record" text={pretty(open.HistoryData ?? '')} />
                <Button variant="primary" onClick={() => setOpen(undefined)}>
                  Close
                </Button>
              </SpaceBetween>
            </Box>
          }
        >
          <SpaceBetween size="m">
            <Fields
              columns={3}
              items={[
                { label: 'Date', value: <Time at={open.Timestamp} seconds /> },
                { label: 'Type', value: typeOf(open) },
                { label: 'Description', value: open.HistorySummary },
              ]}
            />
            <JsonView text={open.HistoryData ?? ''} />
          </SpaceBetween>
        </Modal>
      )}
    </>
  );
}
