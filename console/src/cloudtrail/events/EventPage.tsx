// One event: its fields, its resources, why it was decided as it was, and the whole record.
import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useParams } from 'react-router';
import { useClient } from '../../app/client';
import { now } from '../../app/clock';
import { useLoad } from '../../app/load';
import { Copy, CopyButton } from '../../ui/Copy';
import { download } from '../../ui/download';
import { Empty } from '../../ui/Empty';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { Go } from '../../ui/Go';
import { JsonView, pretty } from '../../ui/JsonEditor';
import { Page } from '../../ui/Page';
import { Time } from '../../ui/Time';
import { lookupPage } from './lookup';
import { lastPart, recordOf } from './record';
import { screenOf } from './resources';
import { WhySection } from './WhySection';

const above = [{ text: 'Event history', path: '/cloudtrail/events' }];
const kept = 90 * 24 * 3600 * 1000;

export default function EventPage() {
  const { id = '' } = useParams();
  const client = useClient(CloudTrailClient);
  const loaded = useLoad(
    async (signal) => {
      const { events } = await lookupPage(client, { attribute: 'EventId', value: id, start: new Date(now().getTime() - kept) }, undefined, signal);
      return { event: events[0] };
    },
    [client, id],
  );
  const event = loaded.data?.event;
  const record = event && recordOf(event);
  const text = event?.CloudTrailEvent ?? '';
  return (
    <Page title={event?.EventName ?? 'Event'} above={above} description={event && 'Details of one event of the event history.'}>
      <ErrorNote error={loaded.error} retry={loaded.reload} />
      {loaded.loading && !loaded.data && <Loading lines={6} />}
      {loaded.data && !event && <Empty title="There is no such event in this Region" hint={<Go to="/cloudtrail/events">Event history keeps events for 90 days.</Go>} />}
      {event && record && (
        <>
          <Container header={<Header variant="h2">Details</Header>}>
            <Fields
              items={[
                { label: 'Event time', value: <Time at={event.EventTime} seconds /> },
                { label: 'User name', value: event.Username ?? '–' },
                { label: 'Event name', value: event.EventName },
                { label: 'Event source', value: event.EventSource },
                { label: 'AWS access key', value: event.AccessKeyId ?? '–' },
                { label: 'Source IP address', value: record.sourceIPAddress ?? '–' },
                { label: 'Event ID', value: <Copy name="Event ID" text={event.EventId} /> },
                { label: 'Request ID', value: <Copy name="Request ID" text={record.requestID} /> },
                { label: 'AWS Region', value: record.awsRegion ?? '–' },
                { label: 'Read-only', value: event.ReadOnly ?? '–' },
                { label: 'Event type', value: record.eventType ?? '–' },
                { label: 'Event category', value: record.eventCategory ?? '–' },
                { label: 'Error code', value: record.errorCode ?? '–' },
                record.errorMessage !== undefined && { label: 'Error message', value: <span style={{ overflowWrap: 'anywhere' }}>{record.errorMessage}</span> },
                { label: 'Identity type', value: record.userIdentity?.type ?? '–' },
                { label: 'Identity ARN', value: <Identity arn={record.userIdentity?.sessionContext?.sessionIssuer?.arn ?? record.userIdentity?.arn} shown={record.userIdentity?.arn} /> },
                record.userIdentity?.invokedBy !== undefined && { label: 'Invoked by', value: record.userIdentity.invokedBy },
                { label: 'User agent', value: <span style={{ overflowWrap: 'anywhere' }}>{record.userAgent ?? '–'}</span> },
                record.vpcEndpointId !== undefined && { label: 'VPC endpoint', value: <Go to={`/vpc/endpoints/${encodeURIComponent(record.vpcEndpointId)}`}>{record.vpcEndpointId}</Go> },
                record.sharedEventID !== undefined && { label: 'Shared event ID', value: record.sharedEventID },
              ]}
            />
          </Container>
          <WhySection record={record} />
          <Table
            items={event.Resources ?? []}
            wrapLines
            ariaLabels={{ tableLabel: 'Resources referenced' }}
            header={<Header variant="h2" counter={`(${event.Resources?.length ?? 0})`}>Resources referenced</Header>}
            empty={<Empty title="No resources" hint="The event names no resource." />}
            columnDefinitions={[
              { id: 'type', header: 'Resource type', cell: (r) => r.ResourceType ?? '–' },
              { id: 'name', header: 'Resource name', cell: (r) => <Named arn={r.ResourceName} />, isRowHeader: true },
              { id: 'arn', header: 'ARN', cell: (r) => <Copy name="ARN" text={r.ResourceName} /> },
            ]}
          />
          <Container
            header={
              <Header
                variant="h2"
                actions={
                  <SpaceBetween direction="horizontal" size="xs">
                    <Button iconName="download" onClick={() => download(`${event.EventId}.json`, pretty(text), 'application/json')}>
                      Download
                    </Button>
                    <CopyButton text={pretty(text)} name="event record" />
                  </SpaceBetween>
                }
              >
                Event record
              </Header>
            }
          >
            <JsonView text={text} />
          </Container>
        </>
      )}
    </Page>
  );
}

function Named({ arn }: { arn: string | undefined }) {
  const path = screenOf(arn);
  if (!arn) return <>–</>;
  return path ? <Go to={path}>{lastPart(arn)}</Go> : <>{lastPart(arn)}</>;
}

function Identity({ arn, shown }: { arn: string | undefined; shown: string | undefined }) {
  const path = screenOf(arn);
  const text = <span style={{ overflowWrap: 'anywhere' }}>{shown ?? '–'}</span>;
  return path ? <Go to={path}>{text}</Go> : text;
}
