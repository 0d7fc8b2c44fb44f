// "Search all log streams" of a group, and the events of one stream.
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useClient } from '../app/client';
import { useAction, useLoad } from '../app/load';
import { Empty } from '../ui/Empty';
import { ErrorNote } from '../ui/ErrorNote';
import { TimeRange, useRange } from '../ui/TimeRange';
import { EventTable, type LogEvent } from './EventTable';
import { patternError, searchPage, type Query } from './search';

const ranges = ['5m', '30m', '1h', '3h', '12h', '1d', '1w', '30d'];

/** Search looks for events by a pattern in a range of time, the newest first. */
export function Search({ group, stream, usual = '1h' }: { group: string; stream?: string; usual?: string }) {
  const logs = useClient(CloudWatchLogsClient);
  const [search, setSearch] = useSearchParams();
  const pattern = search.get('pattern') ?? '';
  const [typed, setTyped] = useState(pattern);
  const range = useRange(usual);
  const more = useAction();
  const [older, setOlder] = useState<{ of: unknown; events: LogEvent[]; next?: string }>();
  const first = useLoad(
    async (signal) => {
      const { start, end } = range.times();
      const query: Query = { group, pattern, streams: stream === undefined ? undefined : [stream], start: start.getTime(), end: end?.getTime() };
      return { query, ...(await searchPage(logs, query, undefined, signal)) };
    },
    [logs, group, stream, pattern, range.key],
  );
  const behind = older?.of === first.data ? older : undefined;
  const events = [...(first.data?.events ?? []), ...(behind?.events ?? [])];
  const next = behind ? behind.next : first.data?.next;
  const loadMore = () =>
    more.run(async () => {
      const found = await searchPage(logs, first.data!.query, next);
      setOlder({ of: first.data, events: [...(behind?.events ?? []), ...found.events], next: found.next });
    });
  const ask = () => {
    if (typed === pattern) return first.reload();
    setSearch((s) => (typed ? s.set('pattern', typed) : s.delete('pattern'), s), { replace: true });
  };
  const wrong = typed === pattern ? patternError(first.error) : undefined;
  return (
    <EventTable
      events={first.error ? [] : events}
      loading={first.loading}
      group={stream === undefined ? group : undefined}
      header={
        <Header variant="h2" description="The newest events come first." actions={<Button iconName="refresh" ariaLabel="Refresh log events" loading={first.loading} onClick={first.reload} />}>
          Log events
        </Header>
      }
      filter={
        <form
          onSubmit={(e) => {
            e.preventDefault();
            ask();
          }}
        >
          <SpaceBetween size="s" direction="horizontal" alignItems="start">
            <FormField label="Filter pattern" errorText={wrong} constraintText={'Words, "a phrase", { $.field = value } or [a, b, …]; empty matches all'}>
              <div style={{ minWidth: 320 }}>
                <Input value={typed} onChange={(e) => setTyped(e.detail.value)} type="search" clearAriaLabel="Clear filter pattern" placeholder="Filter events" autoComplete={false} spellcheck={false} />
              </div>
            </FormField>
            <TimeRange range={range} options={ranges} />
            <Box padding={{ top: 'xl' }}>
              <Button>Search</Button>
            </Box>
          </SpaceBetween>
        </form>
      }
      empty={
        wrong ? (
          <Empty title="The filter pattern is not valid" hint="Correct it, and search again." />
        ) : first.error ? (
          <ErrorNote error={first.error} retry={first.reload} />
        ) : (
          <Empty title="No log events" hint={next ? 'Nothing was found so far; there is more to search.' : 'No events of this time match. Choose a longer time range or another pattern.'} />
        )
      }
      footer={
        <SpaceBetween size="xs">
          <ErrorNote error={more.error} />
          <Box textAlign="center">
            {next ? (
              <Button loading={more.busy} onClick={() => void loadMore()}>
                Load older events
              </Button>
            ) : (
              <Box variant="small">{first.loading ? 'Searching' : first.error ? '' : `${events.length} ${events.length === 1 ? 'event' : 'events'}. There are no older ones in this time range.`}</Box>
            )}
          </Box>
        </SpaceBetween>
      }
    />
  );
}
