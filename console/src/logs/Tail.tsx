// Tail: new events as they arrive. The service has no StartLiveTail, so that the group is
// searched every few seconds for what has come since.
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useEffect, useRef, useState } from 'react';
import { useClient } from '../app/client';
import { now } from '../app/clock';
import { Empty } from '../ui/Empty';
import { ErrorNote } from '../ui/ErrorNote';
import { EventTable, type LogEvent } from './EventTable';
import { eventOf, patternError } from './search';

const every = 3000;
/** kept is how many events are shown; older ones give way. */
const kept = 500;
/** late is by how much events may arrive after their time and still be shown. */
const late = 30_000;

export function Tail({ group }: { group: string }) {
  const logs = useClient(CloudWatchLogsClient);
  const [pattern, setPattern] = useState('');
  const [running, setRunning] = useState(false);
  const [events, setEvents] = useState<readonly LogEvent[]>([]);
  const [error, setError] = useState<Error>();
  const seen = useRef(new Map<string, number>());
  useEffect(() => {
    if (!running) return;
    const control = new AbortController();
    const began = now().getTime();
    let timer: ReturnType<typeof setTimeout>;
    const poll = async () => {
      try {
        const from = Math.max(began, now().getTime() - late - every);
        const fresh: LogEvent[] = [];
        let nextToken: string | undefined;
        do {
          const page = await logs.send(new FilterLogEventsCommand({ logGroupName: group, filterPattern: pattern.trim() || undefined, startTime: from - 1000, nextToken, limit: kept }), { abortSignal: control.signal });
          for (const e of (page.events ?? []).map(eventOf)) {
            if (seen.current.has(e.id)) continue;
            seen.current.set(e.id, e.timestamp ?? 0);
            fresh.push(e);
          }
          nextToken = page.nextToken;
        } while (nextToken && fresh.length < kept);
        for (const [id, at] of seen.current) if (at < from - every - 1000) seen.current.delete(id);
        if (fresh.length > 0) setEvents((old) => [...fresh.reverse(), ...old].slice(0, kept));
        timer = setTimeout(() => void poll(), every);
      } catch (why) {
        if (control.signal.aborted) return;
        setError(why as Error);
        setRunning(false);
      }
    };
    void poll();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [running, logs, group, pattern]);
  const wrong = patternError(error);
  return (
    <SpaceBetween size="m">
      {!wrong && <ErrorNote error={error} />}
      <EventTable
        label="Tail"
        group={group}
        events={events}
        header={
          <Header
            variant="h2"
            counter={events.length ? `(${events.length}${events.length === kept ? ', the newest' : ''})` : undefined}
            description={running ? <StatusIndicator type="in-progress">Waiting for new events</StatusIndicator> : <StatusIndicator type="stopped">Stopped</StatusIndicator>}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button disabled={events.length === 0} onClick={() => setEvents([])}>
                  Clear
                </Button>
                <Button variant="primary" iconName={running ? 'pause' : 'play'} onClick={() => (setError(undefined), setRunning(!running))}>
                  {running ? 'Stop' : 'Start'}
                </Button>
              </SpaceBetween>
            }
          >
            Tail
          </Header>
        }
        filter={
          <FormField label="Filter pattern" errorText={wrong} description={running ? 'Stop to change the pattern.' : undefined}>
            <Input value={pattern} disabled={running} onChange={(e) => (setError(undefined), setPattern(e.detail.value))} placeholder="Filter events" autoComplete={false} spellcheck={false} />
          </FormField>
        }
        empty={<Empty title="No events yet" hint={running ? 'Events appear here as they arrive.' : 'Choose Start to see events as they arrive.'} />}
      />
    </SpaceBetween>
  );
}
