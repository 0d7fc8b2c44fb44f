// The form of the alarm, the steps that it takes, and what is to be done after them.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useGo, useRegion } from '../../app/region';
import { useIdentity } from '../../app/session';
import { emailsError, emailsOf, topicNameError } from '../../cloudwatch/topics/check';
import { Copy } from '../../ui/Copy';
import { Fields } from '../../ui/Field';
import { Go } from '../../ui/Go';
import { alarmName, alarmNameError, bucketError, filterName, groupNameError, groupOf, metricName, metricNamespace, pattern, thresholdError, trailNameError, usual, type AlarmPlan } from './alarm';
import { EventsField, type EventsForm, type TrailState } from './EventsField';
import { NotifyField, type NotifyForm } from './NotifyField';
import { stepsOf, type Clients } from './setup';
import { StepList, useSteps } from './steps';

export interface Found {
  delivering: readonly TrailState[];
  others: readonly TrailState[];
  trailNames: readonly string[];
  alarms: readonly string[];
  topics: readonly string[];
}

const periods = [
  { value: '60', label: '1 minute' },
  { value: '300', label: '5 minutes' },
  { value: '900', label: '15 minutes' },
  { value: '3600', label: '1 hour' },
];

export function AlarmForm({ clients, found, keyId }: { clients: Clients; found: Found; keyId?: string }) {
  const me = useIdentity();
  const region = useRegion();
  const go = useGo();
  const run = useSteps();
  const first = found.delivering[0] ?? found.others[0];
  const [events, setEvents] = useState<EventsForm>({
    kind: found.delivering.length > 0 ? 'existing' : found.others.length > 0 ? 'attach' : 'new',
    trailArn: first?.TrailARN ?? '',
    trail: usual.trail,
    bucket: usual.bucket(me.account),
    group: usual.group,
  });
  const [name, setName] = useState(() => freeName(alarmName, found.alarms));
  const [threshold, setThreshold] = useState('1');
  const [period, setPeriod] = useState(periods[0]);
  const [notify, setNotify] = useState<NotifyForm>({ kind: 'new', name: freeName(usual.topic, found.topics.map((t) => t.split(':').at(-1)!)), arn: '', emails: '' });
  const [tried, setTried] = useState(false);
  const [ready, setReady] = useState(false);

  const fresh = events.kind === 'new';
  const wrong = {
    trail: fresh ? (trailNameError(events.trail) ?? (found.trailNames.includes(events.trail) ? 'There is a trail with this name already. Enter another name.' : undefined)) : undefined,
    bucket: fresh ? bucketError(events.bucket) : undefined,
    group: events.kind === 'existing' ? undefined : groupNameError(events.group),
    name: alarmNameError(name, found.alarms),
    threshold: thresholdError(threshold),
    topicName: notify.kind === 'new' ? topicNameError(notify.name, found.topics.map((t) => t.split(':').at(-1)!)) : undefined,
    topicArn: notify.kind === 'existing' && !notify.arn ? 'Select a topic.' : undefined,
    emails: notify.kind === 'existing' && notify.emails.trim() === '' ? undefined : emailsError(notify.emails),
  };
  const trail = [...found.delivering, ...found.others].find((t) => t.TrailARN === events.trailArn);
  const plan: AlarmPlan = {
    events:
      events.kind === 'new' ? { kind: 'new', trail: events.trail, bucket: events.bucket, group: events.group }
      : events.kind === 'attach' ? { kind: 'attach', trailArn: events.trailArn, group: events.group, logging: trail?.logging ?? false }
      : { kind: 'existing', trailArn: events.trailArn, group: groupOf(trail?.CloudWatchLogsLogGroupArn ?? ''), logging: trail?.logging ?? false },
    name,
    threshold: Number(threshold),
    period: Number(period.value),
    notify: { kind: notify.kind, topic: notify.kind === 'new' ? notify.name : notify.arn, emails: emailsOf(notify.emails) },
  };
  const steps = stepsOf(clients, { partition: me.arn.split(':')[1], region, account: me.account }, plan);
  const begun = steps.some((s) => run.outcomes[s.id]);
  const failed = steps.some((s) => run.outcomes[s.id]?.at === 'failed');
  const create = async () => {
    setTried(true);
    if (Object.values(wrong).some(Boolean)) return;
    if (await run.go(steps)) setReady(true);
  };
  const back = keyId ? `/kms/keys/${keyId}` : '/kms/keys';

  if (ready) {
    return (
      <SpaceBetween size="l">
        <Alert type="success" header={`Alarm ${name} created`} action={<Button onClick={() => go(back)}>{keyId ? 'Return to the key' : 'Return to the keys'}</Button>}>
          {plan.notify.emails.length > 0 && <div>Confirm the subscription by the link in the message to {plan.notify.emails.join(', ')}. Until then, nobody there is notified.</div>}
          <SpaceBetween direction="horizontal" size="m">
            <Go to={`/cloudwatch/alarms/${encodeURIComponent(name)}`}>View alarm</Go>
            <Go to={`/cloudwatch/logs/groups/${encodeURIComponent(plan.events.group)}`}>View log group</Go>
            <Go to="/sns/subscriptions">View subscriptions</Go>
          </SpaceBetween>
        </Alert>
        <Container header={<Header variant="h2">What was done</Header>}>
          <StepList steps={steps} outcomes={run.outcomes} />
        </Container>
      </SpaceBetween>
    );
  }
  return (
    <SpaceBetween size="l">
      <EventsField
        delivering={found.delivering}
        others={found.others}
        form={events}
        onChange={(part) => setEvents((e) => ({ ...e, ...part }))}
        errors={{ trail: wrong.trail, bucket: wrong.bucket, group: wrong.group }}
      />
      <Container header={<Header variant="h2" description="Counts the calls that failed because the key is pending deletion.">Metric filter</Header>}>
        <Fields
          columns={2}
          items={[
            { label: 'Filter name', value: filterName },
            { label: 'Filter pattern', value: <Copy text={pattern} name="filter pattern" /> },
            { label: 'Metric namespace', value: metricNamespace },
            { label: 'Metric name', value: metricName },
            { label: 'Metric value', value: '1' },
          ]}
        />
      </Container>
      <Container header={<Header variant="h2">Alarm</Header>}>
        <SpaceBetween size="l">
          <FormField label="Alarm name" errorText={wrong.name}>
            <Input value={name} onChange={(e) => setName(e.detail.value)} autoComplete={false} />
          </FormField>
          <FormField label="Threshold" description="The alarm is raised when at least so many calls have failed within the period." errorText={wrong.threshold}>
            <Input value={threshold} type="number" inputMode="numeric" onChange={(e) => setThreshold(e.detail.value)} autoComplete={false} />
          </FormField>
          <FormField label="Period">
            <Select selectedOption={period} options={periods} onChange={(e) => setPeriod(periods.find((p) => p.value === e.detail.selectedOption.value)!)} />
          </FormField>
        </SpaceBetween>
      </Container>
      <NotifyField
        topics={found.topics}
        form={notify}
        onChange={(part) => setNotify((n) => ({ ...n, ...part }))}
        errors={{ name: wrong.topicName, arn: tried ? wrong.topicArn : undefined, emails: tried || notify.emails ? wrong.emails : undefined }}
      />
      {begun && (
        <Container header={<Header variant="h2">Steps</Header>}>
          <SpaceBetween size="m">
            {failed && <Alert type="error">A step has failed. Mend what it says, and choose Continue: what is done already stays as it is.</Alert>}
            <StepList steps={steps} outcomes={run.outcomes} />
          </SpaceBetween>
        </Container>
      )}
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="link" onClick={() => go(back)}>
          Cancel
        </Button>
        <Button variant="primary" loading={run.busy} onClick={create}>
          {failed ? 'Continue' : 'Create alarm'}
        </Button>
      </SpaceBetween>
    </SpaceBetween>
  );
}

/** freeName is a name that nothing has yet. */
function freeName(name: string, taken: readonly string[]): string {
  for (let n = 1; ; n++) {
    const tried = n === 1 ? name : `${name}-${n}`;
    if (!taken.includes(tried)) return tried;
  }
}
