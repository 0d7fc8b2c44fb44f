// One trail: its sections, each with its own edit form.
import { AddTagsCommand, CloudTrailClient, GetEventSelectorsCommand, GetTrailCommand, GetTrailStatusCommand, ListTagsCommand, RemoveTagsCommand } from '@aws-sdk/client-cloudtrail';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useParams } from 'react-router';
import { useClient } from '../../app/client';
import { useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { Copy } from '../../ui/Copy';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { Go } from '../../ui/Go';
import { JsonView } from '../../ui/JsonEditor';
import { Page } from '../../ui/Page';
import { TagsPanel } from '../../ui/TagsPanel';
import { Time } from '../../ui/Time';
import { screenOf } from '../events/resources';
import { DeleteTrail, useLogging } from './actions';
import { EditEvents, EditGeneral, EditLogs } from './edits';
import { eventsForm, groupName, readWriteText } from './form';
import { aboveTrail, trailsPath } from './places';
import { Logging } from './TrailList';

export default function TrailPage() {
  const { arn = '' } = useParams();
  const go = useGo();
  const home = arn.startsWith('arn:') ? arn.split(':')[3] : undefined;
  const client = useClient(CloudTrailClient, home || undefined);
  const [dialog, setDialog] = useState<'general' | 'logs' | 'events' | 'delete'>();
  const loaded = useLoad(
    async (signal) => {
      const options = { abortSignal: signal };
      const [found, status, selectors] = await Promise.all([
        client.send(new GetTrailCommand({ Name: arn }), options),
        client.send(new GetTrailStatusCommand({ Name: arn }), options),
        client.send(new GetEventSelectorsCommand({ TrailName: arn }), options),
      ]);
      return { trail: found.Trail!, status, events: eventsForm(selectors.EventSelectors, selectors.AdvancedEventSelectors) };
    },
    [client, arn],
  );
  const { trail, status, events } = loaded.data ?? {};
  const logging = useLogging(trail, loaded.reload);
  const close = () => setDialog(undefined);
  const edit = (what: 'general' | 'logs' | 'events') => <Button ariaLabel={`Edit ${{ general: 'general details', logs: 'CloudWatch Logs', events: 'events' }[what]}`} onClick={() => setDialog(what)}>Edit</Button>;
  return (
    <Page
      title={trail?.Name ?? 'Trail'}
      above={aboveTrail}
      actions={
        trail && (
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={() => setDialog('delete')}>Delete</Button>
            <Button variant="primary" loading={logging.busy} onClick={() => logging.set(!status?.IsLogging)}>
              {status?.IsLogging ? 'Stop logging' : 'Start logging'}
            </Button>
          </SpaceBetween>
        )
      }
    >
      <ErrorNote error={loaded.error} retry={loaded.reload} />
      {loaded.loading && !loaded.data && <Loading lines={6} />}
      {trail && status && events && (
        <>
          {[['Log files are not delivered', status.LatestDeliveryError], ['Digest files are not delivered', status.LatestDigestDeliveryError], ['Events do not reach the log group', status.LatestCloudWatchLogsDeliveryError], ['The topic is not told', status.LatestNotificationError]].map(
            ([what, why]) =>
              why && (
                <Alert key={what} type="error" header={what}>
                  {why}
                </Alert>
              ),
          )}
          <Container header={<Header variant="h2" actions={edit('general')}>General details</Header>}>
            <Fields
              items={[
                { label: 'Trail logging', value: <Logging on={status.IsLogging} /> },
                { label: 'Trail name', value: trail.Name },
                { label: 'ARN', value: <Copy name="ARN" text={trail.TrailARN} /> },
                { label: 'Multi-Region trail', value: trail.IsMultiRegionTrail ? 'Yes' : 'No' },
                { label: 'Apply trail to my organization', value: trail.IsOrganizationTrail ? 'Yes' : 'No' },
                { label: 'Home Region', value: trail.HomeRegion },
                { label: 'Trail log location', value: `${trail.S3BucketName}/${trail.S3KeyPrefix ? `${trail.S3KeyPrefix}/` : ''}AWSLogs` },
                { label: 'Last log file delivered', value: <Time at={status.LatestDeliveryTime} seconds /> },
                { label: 'Log file SSE-KMS key', value: screenOf(trail.KmsKeyId) ? <Go to={screenOf(trail.KmsKeyId)!}>{trail.KmsKeyId}</Go> : (trail.KmsKeyId ?? 'Not enabled') },
                { label: 'Log file validation', value: trail.LogFileValidationEnabled ? 'Enabled' : 'Disabled' },
                { label: 'Last digest delivered', value: <Time at={status.LatestDigestDeliveryTime} seconds /> },
                { label: 'SNS notification delivery', value: screenOf(trail.SnsTopicARN) ? <Go to={screenOf(trail.SnsTopicARN)!}>{trail.SnsTopicARN}</Go> : 'Disabled' },
                { label: 'Logging started', value: <Time at={status.StartLoggingTime} seconds /> },
                { label: 'Logging stopped', value: <Time at={status.StopLoggingTime} seconds /> },
              ]}
            />
          </Container>
          <Container header={<Header variant="h2" actions={edit('logs')}>CloudWatch Logs</Header>}>
            {trail.CloudWatchLogsLogGroupArn ? (
              <Fields
                items={[
                  { label: 'Log group', value: <Go to={screenOf(trail.CloudWatchLogsLogGroupArn)!}>{groupName(trail.CloudWatchLogsLogGroupArn)}</Go> },
                  { label: 'IAM role', value: screenOf(trail.CloudWatchLogsRoleArn) ? <Go to={screenOf(trail.CloudWatchLogsRoleArn)!}>{trail.CloudWatchLogsRoleArn}</Go> : '–' },
                  { label: 'Last delivery', value: <Time at={status.LatestCloudWatchLogsDeliveryTime} seconds /> },
                ]}
              />
            ) : (
              'No log group. Choose Edit to have events in CloudWatch Logs, where metric filters can count them.'
            )}
          </Container>
          <Container header={<Header variant="h2" actions={edit('events')}>Events</Header>}>
            {events.advanced ? (
              <JsonView text={events.json} />
            ) : (
              <Fields
                items={[
                  { label: 'Management events', value: events.management ? 'Logged' : 'Not logged' },
                  { label: 'API activity', value: readWriteText[events.readWrite] },
                  { label: 'AWS KMS events', value: events.excludeKms ? 'Excluded' : 'Included' },
                  { label: 'Data events', value: events.data.map((d) => `${d.type}: ${d.values}`).join('; ') || 'None' },
                ]}
              />
            )}
          </Container>
          <TagsPanel
            of={arn}
            load={async () => ((await client.send(new ListTagsCommand({ ResourceIdList: [arn] }))).ResourceTagList?.[0]?.TagsList ?? []).map((t) => ({ key: t.Key ?? '', value: t.Value ?? '' }))}
            put={(tags) => client.send(new AddTagsCommand({ ResourceId: arn, TagsList: tags.map((t) => ({ Key: t.key, Value: t.value })) }))}
            remove={(keys) => client.send(new RemoveTagsCommand({ ResourceId: arn, TagsList: keys.map((Key) => ({ Key })) }))}
          />
          {logging.dialog}
          {dialog === 'general' && <EditGeneral trail={trail} onDone={loaded.reload} onClose={close} />}
          {dialog === 'logs' && <EditLogs trail={trail} onDone={loaded.reload} onClose={close} />}
          {dialog === 'events' && <EditEvents trail={trail} events={events} onDone={loaded.reload} onClose={close} />}
          {dialog === 'delete' && <DeleteTrail trail={trail} onDone={() => go(trailsPath)} onClose={close} />}
        </>
      )}
    </Page>
  );
}
