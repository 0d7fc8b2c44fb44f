// The edit forms of a trail's sections.
import { CloudTrailClient, PutEventSelectorsCommand, UpdateTrailCommand, type Trail } from '@aws-sdk/client-cloudtrail';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { IAMClient } from '@aws-sdk/client-iam';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useIdentity } from '../../app/session';
import { Confirm } from '../../ui/Confirm';
import { prepareLogs } from './delivery';
import { EventsFields } from './EventsFields';
import { anyError, eventsValid, generalErrors, logsErrors, selectorsOf, trailForm, type EventsForm, type TrailForm } from './form';
import { GeneralFields } from './GeneralFields';
import { LogsFields } from './LogsFields';

interface Props {
  trail: Trail;
  onDone: () => void;
  onClose: () => void;
}

function useForm(trail: Trail) {
  const [form, setForm] = useState(() => trailForm(trail));
  return { form, change: (part: Partial<TrailForm>) => setForm((f) => ({ ...f, ...part })) };
}

export function EditGeneral({ trail, onDone, onClose }: Props) {
  const client = useClient(CloudTrailClient, trail.HomeRegion);
  const { form, change } = useForm(trail);
  const errors = generalErrors(form);
  const save = async () => {
    const result = await client.send(
      new UpdateTrailCommand({
        Name: trail.TrailARN, S3BucketName: form.bucket, S3KeyPrefix: form.prefix, KmsKeyId: form.kmsKey, SnsTopicName: form.topic,
        EnableLogFileValidation: form.validation, IsMultiRegionTrail: form.multiRegion, IsOrganizationTrail: form.organization,
        IncludeGlobalServiceEvents: form.multiRegion ? true : undefined,
      }),
    );
    done(`Trail ${trail.Name} saved`, result);
    onDone();
  };
  return (
    <Confirm title="Edit general details" action="Save changes" size="large" disabled={anyError(errors)} onConfirm={save} onClose={onClose}>
      <GeneralFields form={form} onChange={change} errors={errors} editing />
    </Confirm>
  );
}

export function EditLogs({ trail, onDone, onClose }: Props) {
  const client = useClient(CloudTrailClient, trail.HomeRegion);
  const logs = useClient(CloudWatchLogsClient, trail.HomeRegion);
  const iam = useClient(IAMClient);
  const { account } = useIdentity();
  const { form, change } = useForm(trail);
  const errors = logsErrors(form);
  const save = async () => {
    const into = await prepareLogs(logs, iam, form, { region: trail.HomeRegion!, account });
    const result = await client.send(new UpdateTrailCommand({ Name: trail.TrailARN, ...(form.logs ? into : { CloudWatchLogsLogGroupArn: '', CloudWatchLogsRoleArn: '' }) }));
    done(`Trail ${trail.Name} saved`, result);
    onDone();
  };
  return (
    <Confirm title="Edit CloudWatch Logs" action="Save changes" size="large" disabled={anyError(errors)} onConfirm={save} onClose={onClose}>
      <LogsFields form={form} onChange={change} errors={errors} />
    </Confirm>
  );
}

export function EditEvents({ trail, events, onDone, onClose }: Props & { events: EventsForm }) {
  const client = useClient(CloudTrailClient, trail.HomeRegion);
  const [form, setForm] = useState(events);
  const save = async () => {
    done(`Events of trail ${trail.Name} saved`, await client.send(new PutEventSelectorsCommand({ TrailName: trail.TrailARN, ...selectorsOf(form) })));
    onDone();
  };
  return (
    <Confirm title="Edit events" action="Save changes" size="large" disabled={!eventsValid(form)} onConfirm={save} onClose={onClose}>
      <EventsFields form={form} onChange={(part) => setForm((f) => ({ ...f, ...part }))} tried />
    </Confirm>
  );
}
