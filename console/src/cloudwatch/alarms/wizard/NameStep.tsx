// The third step: name, description and tags.
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { TagFields } from '../../../ui/Tags';
import { descriptionError, nameError, type Common } from './form';

interface Props {
  form: Common;
  onChange: (part: Partial<Common>) => void;
  tried: boolean;
  taken: readonly string[];
  isNew: boolean;
}

export function NameStep({ form, onChange, tried, taken, isNew }: Props) {
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Name and description</Header>}>
        <SpaceBetween size="m">
          <FormField
            label="Alarm name"
            description={isNew ? undefined : 'The name of an alarm cannot be changed. Copy the alarm to give it another one.'}
            errorText={isNew && (tried || form.name !== '') && nameError(form.name, taken)}
          >
            <Input value={form.name} disabled={!isNew} onChange={(e) => onChange({ name: e.detail.value })} autoComplete={false} />
          </FormField>
          <FormField label="Alarm description - optional" description="Stands in notifications too." constraintText={`Up to 1024 characters (${form.description.length}/1024)`} errorText={descriptionError(form.description)}>
            <Textarea value={form.description} rows={4} onChange={(e) => onChange({ description: e.detail.value })} />
          </FormField>
        </SpaceBetween>
      </Container>
      {isNew && (
        <Container header={<Header variant="h2">Tags</Header>}>
          <TagFields tags={form.tags} tried={tried} onChange={(tags) => onChange({ tags })} />
        </Container>
      )}
    </SpaceBetween>
  );
}
