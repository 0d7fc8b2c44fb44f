// Searching a log group, page by page.
import { FilterLogEventsCommand, type CloudWatchLogsClient, type FilteredLogEvent } from '@aws-sdk/client-cloudwatch-logs';
import { codeOf } from '../ui/ErrorNote';
import type { LogEvent } from './EventTable';

export interface Query {
  group: string;
  pattern: string;
  /** streams to look into; all of them without */
  streams?: string[];
  start: number;
  end?: number;
}

export interface Found {
  events: LogEvent[];
  next?: string;
}

export const eventOf = (e: FilteredLogEvent): LogEvent => ({ id: e.eventId ?? `${e.logStreamName}/${e.timestamp}`, timestamp: e.timestamp, message: e.message, stream: e.logStreamName });

/** patience is how many pages without events are gone through for one page of a screen. */
const patience = 25;

/** searchPage finds the next events, the newest first. A page of the service may have none although there are more. */
export async function searchPage(logs: CloudWatchLogsClient, q: Query, token: string | undefined, signal?: AbortSignal): Promise<Found> {
  let next = token;
  for (let i = 0; i < patience; i++) {
    const page = await logs.send(
      new FilterLogEventsCommand({
        logGroupName: q.group,
        filterPattern: q.pattern.trim() || undefined,
        logStreamNames: q.streams,
        startTime: q.start,
        endTime: q.end,
        startFromHead: false,
        limit: 100,
        nextToken: next,
      }),
      { abortSignal: signal },
    );
    next = page.nextToken;
    const events = (page.events ?? []).map(eventOf);
    if (events.length > 0 || !next) return { events, next };
  }
  return { events: [], next };
}

/** patternError is what the service says about a filter pattern. */
export const patternError = (error: Error | undefined) => (error && codeOf(error) === 'InvalidParameterException' ? error.message : undefined);
