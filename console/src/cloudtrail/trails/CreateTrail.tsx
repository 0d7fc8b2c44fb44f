// Create trail, by AWS's steps.
import { CloudTrailClient, CreateTrailCommand, PutEventSelectorsCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { IAMClient } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Wizard from '@cloudscape-design/components/wizard';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done, failed } from '../../app/flash';
import { useAction } from '../../app/load';
import { useGo, useRegion } from '../../app/region';
import { useIdentity } from '../../app/session';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields } from '../../ui/Field';
import { JsonView } from '../../ui/JsonEditor';
import { Page } from '../../ui/Page';
import { TagFields, tagsValid, type Tag } from '../../ui/Tags';
import { prepareLogs } from './delivery';
import { EventsFields } from './EventsFields';
import { anyError, emptyTrail, eventsValid, generalErrors, logsErrors, readWriteText, selectorsOf, usualEvents } from './form';
import { GeneralFields } from './GeneralFields';
import { LogsFields } from './LogsFields';
import { aboveTrail, trailPath, trailsPath } from './places';

export default function CreateTrail() {
  const client = useClient(CloudTrailClient);
  const logs = useClient(CloudWatchLogsClient);
  const iam = useClient(IAMClient);
  const region = useRegion();
  const { account } = useIdentity();
  const go = useGo();
  const save = useAction();
  const [step, setStep] = useState(0);
  const [tried, setTried] = useState([false, false]);
  const [form, setForm] = useState(emptyTrail);
  const [events, setEvents] = useState(usualEvents);
  const [tags, setTags] = useState<Tag[]>([]);
  const errors = { ...generalErrors(form), ...logsErrors(form) };
  const valid = [!anyError(errors) && tagsValid(tags), eventsValid(events)];
  const change = (part: Partial<typeof form>) => (save.clear(), setForm((f) => ({ ...f, ...part })));
  const goTo = (next: number) => {
    save.clear();
    const wrong = valid.findIndex((ok, i) => i < next && !ok);
    setTried(tried.map((t, i) => t || i < next));
    setStep(wrong >= 0 ? wrong : next);
  };
  const create = async () => {
    let arn = '';
    const made = await save.run(async () => {
      const into = await prepareLogs(logs, iam, form, { region, account });
      const result = await client.send(
        new CreateTrailCommand({
          Name: form.name, S3BucketName: form.bucket, S3KeyPrefix: form.prefix || undefined, KmsKeyId: form.kmsKey || undefined, SnsTopicName: form.topic || undefined,
          EnableLogFileValidation: form.validation, IsMultiRegionTrail: form.multiRegion, IncludeGlobalServiceEvents: true, IsOrganizationTrail: form.organization,
          TagsList: tags.length ? tags.map((t) => ({ Key: t.key, Value: t.value })) : undefined, ...into,
        }),
      );
      arn = result.TrailARN!;
      done(`Trail ${form.name} created`, result);
      // The trail is there now: what fails from here on is told, and mended on its screen.
      try {
        if (events !== usualEvents) await client.send(new PutEventSelectorsCommand({ TrailName: arn, ...selectorsOf(events) }));
        await client.send(new StartLoggingCommand({ Name: arn }));
      } catch (error) {
        failed('The trail was created, but not all of it could be set', error);
      }
    });
    if (made) go(trailPath(arn));
  };
  const shown = tried[0] ? errors : {};
  return (
    <Page title="Create trail" above={aboveTrail}>
      <Wizard
        activeStepIndex={step}
        isLoadingNextStep={save.busy}
        onNavigate={(e) => goTo(e.detail.requestedStepIndex)}
        onCancel={() => go(trailsPath)}
        onSubmit={() => void create()}
        submitButtonText="Create trail"
        i18nStrings={{ stepNumberLabel: (n) => `Step ${n}`, collapsedStepsLabel: (n, of) => `Step ${n} of ${of}`, cancelButton: 'Cancel', previousButton: 'Previous', nextButton: 'Next', navigationAriaLabel: 'Steps' }}
        steps={[
          {
            title: 'Choose trail attributes',
            content: (
              <SpaceBetween size="l">
                <Container header={<Header variant="h2">General details</Header>}>
                  <GeneralFields form={form} onChange={change} errors={shown} />
                </Container>
                <Container header={<Header variant="h2">CloudWatch Logs</Header>}>
                  <LogsFields form={form} onChange={change} errors={shown} />
                </Container>
                <Container header={<Header variant="h2">Tags</Header>}>
                  <TagFields tags={tags} onChange={setTags} tried={tried[0]} />
                </Container>
              </SpaceBetween>
            ),
          },
          {
            title: 'Choose log events',
            content: (
              <Container header={<Header variant="h2">Events</Header>}>
                <EventsFields form={events} onChange={(part) => setEvents((f) => ({ ...f, ...part }))} tried={tried[1]} />
              </Container>
            ),
          },
          {
            title: 'Review and create',
            content: (
              <SpaceBetween size="l">
                <Container header={<Header variant="h2" actions={<Button onClick={() => setStep(0)}>Edit</Button>}>Step 1: Trail attributes</Header>}>
                  <Fields
                    items={[
                      { label: 'Trail name', value: form.name },
                      { label: 'Multi-Region trail', value: form.multiRegion ? 'Yes' : 'No' },
                      { label: 'All accounts of the organization', value: form.organization ? 'Yes' : 'No' },
                      { label: 'Trail log location', value: `${form.bucket}/${form.prefix}` },
                      { label: 'Log file SSE-KMS key', value: form.kmsKey || 'None' },
                      { label: 'Log file validation', value: form.validation ? 'Enabled' : 'Disabled' },
                      { label: 'SNS topic', value: form.topic || 'None' },
                      { label: 'Log group', value: form.logs ? form.group : 'None' },
                      { label: 'IAM role', value: !form.logs ? 'None' : form.newRole ? `${form.roleName} (new)` : form.roleArn },
                      { label: 'Tags', value: tags.map((t) => `${t.key}: ${t.value}`).join(', ') || 'None' },
                    ]}
                  />
                </Container>
                <Container header={<Header variant="h2" actions={<Button onClick={() => setStep(1)}>Edit</Button>}>Step 2: Log events</Header>}>
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
                <ErrorNote error={save.error} />
              </SpaceBetween>
            ),
          },
        ]}
      />
    </Page>
  );
}
