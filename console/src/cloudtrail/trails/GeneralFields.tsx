// The general details of a trail, in forms.
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TrailErrors, TrailForm } from './form';

export interface PartProps {
  form: TrailForm;
  onChange: (part: Partial<TrailForm>) => void;
  errors: TrailErrors;
  editing?: boolean;
}

export function GeneralFields({ form, onChange, errors, editing }: PartProps) {
  return (
    <SpaceBetween size="l">
      <FormField label="Trail name" errorText={errors.name} constraintText={editing ? 'The name of a trail cannot be changed.' : '3 to 128 letters, numbers and . _ -'}>
        <Input value={form.name} disabled={editing} onChange={(e) => onChange({ name: e.detail.value })} autoComplete={false} />
      </FormField>
      <Checkbox checked={form.multiRegion} onChange={(e) => onChange({ multiRegion: e.detail.checked })} description="Events of all Regions are logged, not only of this one.">
        Multi-Region trail
      </Checkbox>
      <Checkbox checked={form.organization} onChange={(e) => onChange({ organization: e.detail.checked })} description="Events of all accounts. Only the management account may choose this.">
        Enable for all accounts in my organization
      </Checkbox>
      <FormField label="Trail log bucket" description="The bucket that log files are delivered to." errorText={errors.bucket}>
        <Input value={form.bucket} onChange={(e) => onChange({ bucket: e.detail.value.trim() })} autoComplete={false} />
      </FormField>
      <FormField label="Prefix - optional" description="Begins the names of the log files in the bucket." errorText={errors.prefix}>
        <Input value={form.prefix} onChange={(e) => onChange({ prefix: e.detail.value.trim() })} autoComplete={false} />
      </FormField>
      <FormField label="Log file SSE-KMS key - optional" description="ARN, ID or alias of the key that log files are encrypted with." errorText={errors.kmsKey}>
        <Input value={form.kmsKey} onChange={(e) => onChange({ kmsKey: e.detail.value.trim() })} placeholder="alias/…" autoComplete={false} />
      </FormField>
      <Checkbox checked={form.validation} onChange={(e) => onChange({ validation: e.detail.checked })} description="Signed digest files tell whether log files were changed.">
        Log file validation
      </Checkbox>
      <FormField label="SNS topic - optional" description="Name or ARN of a topic that is told of each log file. Its policy must let CloudTrail publish." errorText={errors.topic}>
        <Input value={form.topic} onChange={(e) => onChange({ topic: e.detail.value.trim() })} autoComplete={false} />
      </FormField>
    </SpaceBetween>
  );
}
