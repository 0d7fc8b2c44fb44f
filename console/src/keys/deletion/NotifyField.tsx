// Whom the alarm tells: a new or existing topic, and e-mail addresses that are subscribed to it.
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { topicOf } from '../../cloudwatch/topics/check';

export interface NotifyForm {
  kind: 'new' | 'existing';
  name: string;
  arn: string;
  emails: string;
}

interface Props {
  topics: readonly string[];
  form: NotifyForm;
  onChange: (part: Partial<NotifyForm>) => void;
  errors: { name?: string; arn?: string; emails?: string };
}

export function NotifyField({ topics, form, onChange, errors }: Props) {
  const fresh = form.kind === 'new';
  return (
    <Container header={<Header variant="h2" description="Whom the alarm tells when somebody tries to use a key that is pending deletion.">Notification</Header>}>
      <SpaceBetween size="l">
        <RadioGroup
          ariaLabel="SNS topic"
          value={form.kind}
          onChange={(e) => onChange({ kind: e.detail.value as NotifyForm['kind'] })}
          items={[
            { value: 'new', label: 'Create new topic' },
            { value: 'existing', label: 'Select an existing SNS topic', disabled: topics.length === 0 },
          ]}
        />
        {fresh ? (
          <FormField label="Topic name" errorText={errors.name}>
            <Input value={form.name} onChange={(e) => onChange({ name: e.detail.value.trim() })} autoComplete={false} />
          </FormField>
        ) : (
          <FormField label="Topic" errorText={errors.arn}>
            <Select
              selectedOption={form.arn ? { value: form.arn, label: topicOf(form.arn) } : null}
              options={topics.map((value) => ({ value, label: topicOf(value) }))}
              placeholder="Select a topic"
              filteringType="auto"
              filteringAriaLabel="Find topics"
              onChange={(e) => onChange({ arn: e.detail.selectedOption.value! })}
            />
          </FormField>
        )}
        <FormField
          label={fresh ? 'E-mail addresses' : 'More e-mail addresses - optional'}
          description="Separated by commas. Each gets a message with a link; who confirms by it gets the notifications."
          constraintText="user1@example.com, user2@example.com"
          errorText={errors.emails}
        >
          <Textarea value={form.emails} rows={3} onChange={(e) => onChange({ emails: e.detail.value })} spellcheck={false} autoComplete={false} />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}
