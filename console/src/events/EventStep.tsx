// What a rule matches: a pattern, which can be tried on an event, or a schedule.
import { EventBridgeClient, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useClient } from '../app/client';
import { now } from '../app/clock';
import { useAction } from '../app/load';
import { useRegion } from '../app/region';
import { useIdentity } from '../app/session';
import { ErrorNote } from '../ui/ErrorNote';
import { jsonError, JsonEditor } from '../ui/JsonEditor';
import { scheduleError, type RuleForm } from './rule';

const patterns = [
  { value: '{"source":["aws.kms"]}', label: 'All events of AWS KMS' },
  { value: '{"source":["aws.kms"],"detail-type":["KMS CMK Rotation"]}', label: 'A key was rotated' },
  { value: '{"source":["aws.kms"],"detail-type":["KMS CMK Deletion"]}', label: 'A key was deleted' },
  { value: '{"source":["aws.kms"],"detail-type":["KMS Imported Key Material Expiration"]}', label: 'Imported key material expired' },
  { value: '{"source":["aws.kms"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventName":["ScheduleKeyDeletion","DisableKey"]}}', label: 'A key is disabled or scheduled for deletion' },
];

export function EventStep({ rule, change, tried }: { rule: RuleForm; change: (part: Partial<RuleForm>) => void; tried: boolean }) {
  if (rule.kind === 'schedule') {
    return (
      <Container header={<Header variant="h2">Schedule</Header>}>
        <FormField
          label="Schedule expression"
          description="Times are in UTC."
          constraintText="rate(5 minutes) or cron(minutes hours day-of-month month day-of-week year)"
          errorText={scheduleError(rule.schedule) ?? (tried && rule.bus !== 'default' ? 'A schedule belongs to the default event bus.' : undefined)}
        >
          <Input value={rule.schedule} onChange={(e) => change({ schedule: e.detail.value })} autoComplete={false} />
        </FormField>
      </Container>
    );
  }
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Event pattern</Header>}>
        <SpaceBetween size="m">
          <FormField label="Begin with">
            <Select
              selectedOption={null}
              placeholder="Choose a sample pattern"
              options={patterns}
              onChange={(e) => change({ pattern: JSON.stringify(JSON.parse(e.detail.selectedOption.value!), null, 2) })}
            />
          </FormField>
          <JsonEditor label="Event pattern" value={rule.pattern} onChange={(pattern) => change({ pattern })} error={tried ? jsonError(rule.pattern) : undefined} rows={12} limit={4096} />
        </SpaceBetween>
      </Container>
      <TryPattern pattern={rule.pattern} />
    </SpaceBetween>
  );
}

function TryPattern({ pattern }: { pattern: string }) {
  const events = useClient(EventBridgeClient);
  const region = useRegion();
  const { account } = useIdentity();
  const { busy, error, run } = useAction();
  const [event, setEvent] = useState(() =>
    JSON.stringify(
      {
        version: '0',
        id: '12345678-1234-1234-1234-123456789012',
        'detail-type': 'KMS CMK Rotation',
        source: 'aws.kms',
        account,
        time: now().toISOString().replace(/\.\d+/, ''),
        region,
        resources: [`arn:aws:kms:${region}:${account}:key/12345678-1234-1234-1234-123456789012`],
        detail: { 'key-id': '12345678-1234-1234-1234-123456789012' },
      },
      null,
      2,
    ),
  );
  const [matches, setMatches] = useState<boolean>();
  const test = () => run(async () => setMatches((await events.send(new TestEventPatternCommand({ EventPattern: pattern, Event: event }))).Result));
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button loading={busy} disabled={!!jsonError(pattern) || !!jsonError(event)} onClick={test}>
              Test pattern
            </Button>
          }
        >
          Sample event
        </Header>
      }
    >
      <SpaceBetween size="m">
        <ErrorNote error={error} />
        {!error && matches !== undefined && <Alert type={matches ? 'success' : 'warning'}>{matches ? 'Sample event matched the event pattern' : 'Sample event did not match the event pattern'}</Alert>}
        <JsonEditor
          label="Event"
          value={event}
          onChange={(v) => {
            setEvent(v);
            setMatches(undefined);
          }}
          rows={12}
        />
      </SpaceBetween>
    </Container>
  );
}
