// Calls that were denied lately.
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { useClient } from '../app/client';
import { useLoad } from '../app/load';
import { Go } from '../ui/Go';
import { ResourceTable } from '../ui/ResourceTable';
import { Time } from '../ui/Time';

interface Denied {
  id: string;
  time: Date | undefined;
  name: string;
  source: string;
  who: string;
  code: string;
  message: string;
}

/** pages of 50 events are looked through, the newest first. */
const pages = 4;
const denied = /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError|AuthorizationErrorException|Client\.UnauthorizedOperation)$/;

export function DeniedCalls() {
  const trail = useClient(CloudTrailClient);
  const found = useLoad(
    async (abortSignal) => {
      const list: Denied[] = [];
      let NextToken: string | undefined;
      let seen = 0;
      for (let i = 0; i < pages; i++) {
        const page = await trail.send(new LookupEventsCommand({ MaxResults: 50, NextToken }), { abortSignal });
        for (const e of page.Events ?? []) {
          seen++;
          const record = JSON.parse(e.CloudTrailEvent ?? '{}') as { errorCode?: string; errorMessage?: string; userIdentity?: { arn?: string } };
          if (!record.errorCode || !denied.test(record.errorCode)) continue;
          list.push({
            id: e.EventId!,
            time: e.EventTime,
            name: e.EventName ?? '',
            source: e.EventSource ?? '',
            who: e.Username ?? record.userIdentity?.arn ?? '–',
            code: record.errorCode,
            message: record.errorMessage ?? '',
          });
        }
        NextToken = page.NextToken;
        if (!NextToken) break;
      }
      return { list, seen };
    },
    [trail],
  );
  return (
    <ResourceTable
      title="Recent denied calls"
      one="call"
      many="calls"
      description={found.data ? `Among the last ${found.data.seen} events.` : undefined}
      items={found.data?.list}
      loading={found.loading}
      error={found.error}
      reload={found.reload}
      trackBy={(d) => d.id}
      pageSize={5}
      noFilter
      columns={[
        { id: 'time', header: 'Event time', cell: (d) => <Time at={d.time} seconds />, value: (d) => d.time?.getTime() },
        { id: 'name', header: 'Event name', cell: (d) => <Go to={`/cloudtrail/events/${encodeURIComponent(d.id)}`}>{d.name}</Go>, value: (d) => d.name, isRowHeader: true },
        { id: 'who', header: 'User name', cell: (d) => d.who, value: (d) => d.who },
        { id: 'message', header: 'Error', cell: (d) => d.message || d.code, value: (d) => d.message },
      ]}
      empty={{ title: 'No denied calls', hint: 'Nobody was refused anything lately.' }}
    />
  );
}
