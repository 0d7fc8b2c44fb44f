import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { nameError, type Kind, type RuleForm } from './rule';

interface Props {
  rule: RuleForm;
  change: (part: Partial<RuleForm>) => void;
  editing: boolean;
  buses: readonly string[];
  tried: boolean;
}

/** DetailStep asks for a rule's name, its bus and its kind. */
export function DetailStep({ rule, change, editing, buses, tried }: Props) {
  return (
    <Container header={<Header variant="h2">Rule detail</Header>}>
      <SpaceBetween size="m">
        <FormField label="Name" constraintText="Up to 64 letters, numbers and . - _" errorText={tried || rule.name ? nameError(rule.name) : undefined}>
          <Input value={rule.name} disabled={editing} onChange={(e) => change({ name: e.detail.value })} autoComplete={false} />
        </FormField>
        <FormField label="Description - optional" errorText={rule.description.length > 512 ? 'A description has at most 512 characters.' : undefined}>
          <Input value={rule.description} onChange={(e) => change({ description: e.detail.value })} autoComplete={false} />
        </FormField>
        <FormField label="Event bus">
          <Select disabled={editing} selectedOption={{ value: rule.bus, label: rule.bus }} options={buses.map((b) => ({ value: b, label: b }))} onChange={(e) => change({ bus: e.detail.selectedOption.value! })} />
        </FormField>
        <Toggle checked={rule.enabled} onChange={(e) => change({ enabled: e.detail.checked })}>
          Enable the rule on the selected event bus
        </Toggle>
        <FormField label="Rule type">
          <RadioGroup
            value={rule.kind}
            onChange={(e) => change({ kind: e.detail.value as Kind })}
            items={[
              { value: 'pattern', label: 'Rule with an event pattern', description: 'Runs when an event matches the pattern.' },
              { value: 'schedule', label: 'Schedule', description: 'Runs at times, on the default event bus.' },
            ]}
          />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}
