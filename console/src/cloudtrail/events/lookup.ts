// Looking up events, and writing them into files.
import { LookupEventsCommand, type CloudTrailClient, type Event, type LookupAttributeKey } from '@aws-sdk/client-cloudtrail';
import { recordOf } from './record';

export interface Lookup {
  attribute?: LookupAttributeKey;
  value: string;
  start: Date;
  end?: Date;
}

export interface EventPageOf {
  events: Event[];
  next?: string;
}

export const attributes: { value: LookupAttributeKey | ''; label: string; placeholder?: string }[] = [
  { value: 'ReadOnly', label: 'Read-only' },
  { value: 'EventName', label: 'Event name', placeholder: 'Decrypt' },
  { value: 'Username', label: 'User name', placeholder: 'alice' },
  { value: 'ResourceType', label: 'Resource type', placeholder: 'AWS::KMS::Key' },
  { value: 'ResourceName', label: 'Resource name', placeholder: 'ARN or key ID' },
  { value: 'EventSource', label: 'Event source', placeholder: 'kms.amazonaws.com' },
  { value: 'EventId', label: 'Event ID' },
  { value: 'AccessKeyId', label: 'AWS access key', placeholder: 'AKIA…' },
  { value: '', label: 'No filter' },
];

/** lookupPage asks for a page of events, the newest first. A page without events may have more behind it. */
export async function lookupPage(client: CloudTrailClient, q: Lookup, token: string | undefined, signal?: AbortSignal): Promise<EventPageOf> {
  let next = token;
  for (let i = 0; i < 20; i++) {
    const page = await client.send(
      new LookupEventsCommand({
        LookupAttributes: q.attribute && q.value !== '' ? [{ AttributeKey: q.attribute, AttributeValue: q.value }] : undefined,
        StartTime: q.start,
        EndTime: q.end,
        MaxResults: 50,
        NextToken: next,
      }),
      { abortSignal: signal },
    );
    next = page.NextToken;
    if (page.Events?.length || !next) return { events: page.Events ?? [], next };
  }
  return { events: [], next };
}

/** most is how many events a file gets. */
export const most = 5000;

/** allEvents collects what a lookup finds, up to most. */
export async function allEvents(client: CloudTrailClient, q: Lookup): Promise<Event[]> {
  const all: Event[] = [];
  let token: string | undefined;
  do {
    const page = await lookupPage(client, q, token);
    all.push(...page.events);
    token = page.next;
  } while (token && all.length < most);
  return all.slice(0, most);
}

export const asJSON = (events: readonly Event[]) => JSON.stringify({ Records: events.map(recordOf) }, null, 2);

/** cell writes a value into a file of comma-separated values. One that a spreadsheet would compute is kept from it. */
const cell = (value: string | undefined) => {
  const text = /^[=+\-@\t\r]/.test(value ?? '') ? `'${value}` : (value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

export function asCSV(events: readonly Event[]): string {
  const head = ['User name', 'AWS access key', 'Event time', 'Event source', 'Event name', 'AWS region', 'Source IP address', 'Error code', 'Resources', 'Request ID', 'Event ID', 'Read-only'];
  const rows = events.map((e) => {
    const r = recordOf(e);
    return [e.Username, e.AccessKeyId, e.EventTime?.toISOString(), e.EventSource, e.EventName, r.awsRegion, r.sourceIPAddress, r.errorCode, e.Resources?.map((x) => x.ResourceName).join(' '), r.requestID, e.EventId, e.ReadOnly];
  });
  return [head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n');
}
