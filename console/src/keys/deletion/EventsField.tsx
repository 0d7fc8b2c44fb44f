// Where the events of CloudTrail come from that the alarm is to count.
import type { Trail } from '@aws-sdk/client-cloudtrail';
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Go } from '../../ui/Go';
import { groupOf } from './alarm';

export interface TrailState extends Trail {
  logging: boolean;
}

export interface EventsForm {
  kind: 'existing' | 'attach' | 'new';
  trailArn: string;
  trail: string;
  bucket: string;
  group: string;
}

interface Props {
  /** trails that deliver to a log group of this Region, and those that deliver to none */
  delivering: readonly TrailState[];
  others: readonly TrailState[];
  form: EventsForm;
  onChange: (part: Partial<EventsForm>) => void;
  errors: { trail?: string; bucket?: string; group?: string };
}

export function EventsField({ delivering, others, form, onChange, errors }: Props) {
  const list = form.kind === 'existing' ? delivering : others;
  const options = list.map((t) => ({
    value: t.TrailARN!,
    label: form.kind === 'existing' ? groupOf(t.CloudWatchLogsLogGroupArn!) : t.Name!,
    description: `${form.kind === 'existing' ? `Trail ${t.Name}, ` : ''}${t.logging ? 'logging is on' : 'logging is off, and will be started'}`,
  }));
  const chosen = options.find((o) => o.value === form.trailArn) ?? null;
  return (
    <Container header={<Header variant="h2" description="The alarm counts events in a log group that a trail of CloudTrail delivers to.">Log group with CloudTrail events</Header>}>
      <SpaceBetween size="l">
        {delivering.length === 0 && (
          <Alert type="info">
            {others.length === 0 ? 'There is no trail yet.' : 'No trail delivers to a log group of this Region yet.'} The trail, the log group and the role for the delivery are created for you
            here in one go.
          </Alert>
        )}
        <RadioGroup
          ariaLabel="Log group with CloudTrail events"
          value={form.kind}
          onChange={(e) => {
            const kind = e.detail.value as EventsForm['kind'];
            onChange({ kind, trailArn: (kind === 'existing' ? delivering : others)[0]?.TrailARN ?? '' });
          }}
          items={[
            ...(delivering.length > 0 ? [{ value: 'existing', label: 'Use the log group of a trail' }] : []),
            ...(others.length > 0 ? [{ value: 'attach', label: 'Let a trail deliver to a log group', description: 'Creates the log group, if it is not there, and a role for the delivery.' }] : []),
            { value: 'new', label: 'Create a trail, a log group and a role', description: 'A trail of all Regions, with the management events of this account.' },
          ]}
        />
        {form.kind !== 'new' && (
          <FormField label={form.kind === 'existing' ? 'Log group' : 'Trail'} secondaryControl={<Go to="/cloudtrail/trails">View trails</Go>}>
            <Select selectedOption={chosen} options={options} onChange={(e) => onChange({ trailArn: e.detail.selectedOption.value! })} />
          </FormField>
        )}
        {form.kind === 'new' && (
          <>
            <FormField label="Trail name" errorText={errors.trail}>
              <Input value={form.trail} onChange={(e) => onChange({ trail: e.detail.value.trim() })} autoComplete={false} />
            </FormField>
            <FormField label="Bucket for the trail's log files" description="A trail keeps its events in a bucket too." errorText={errors.bucket}>
              <Input value={form.bucket} onChange={(e) => onChange({ bucket: e.detail.value.trim() })} autoComplete={false} />
            </FormField>
          </>
        )}
        {form.kind !== 'existing' && (
          <FormField label="Log group name" errorText={errors.group}>
            <Input value={form.group} onChange={(e) => onChange({ group: e.detail.value.trim() })} autoComplete={false} />
          </FormField>
        )}
      </SpaceBetween>
    </Container>
  );
}
