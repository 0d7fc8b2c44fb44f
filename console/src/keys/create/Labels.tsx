// Step 2: how the key is called.
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { TagFields } from '../../ui/Tags';
import { aliasError } from '../aliases';
import type { StepProps } from './CreateKey';

export function Labels({ form, change, errors, tried }: StepProps) {
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2" description="You can change the alias at any time.">Alias</Header>}>
        <FormField label="Alias" description="Enter a name without alias/." errorText={errors.alias ?? (form.alias ? aliasError(form.alias) : undefined)}>
          <Input value={form.alias} onChange={(e) => change({ alias: e.detail.value })} autoComplete={false} />
        </FormField>
      </Container>
      <Container header={<Header variant="h2" description="You can change the description at any time.">Description - optional</Header>}>
        <FormField label="Description" errorText={errors.description} stretch>
          <Textarea value={form.description} onChange={(e) => change({ description: e.detail.value })} rows={3} placeholder="Description of the key" />
        </FormField>
      </Container>
      <Container header={<Header variant="h2" description="You can use tags to categorize and identify your KMS keys, and to control access to them.">Tags - optional</Header>}>
        <TagFields tags={form.tags} onChange={(tags) => change({ tags })} tried={tried} />
      </Container>
    </SpaceBetween>
  );
}
