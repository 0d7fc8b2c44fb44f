// The form that makes a managed policy.
import { CreatePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction } from '../../app/load';
import { useGo } from '../../app/region';
import { Page } from '../../ui/Page';
import { TagFields, tagsValid, type Tag } from '../../ui/Tags';
import { PageForm } from '../../ui/PageForm';
import { managedLimit } from '../lists';
import { descriptionError, nameError, nameHint, pathError, policyPath } from '../names';
import { aboutPolicy, newPolicy, PolicyEditor, usable } from '../PolicyEditor';

export function CreatePolicy() {
  const iam = useClient(IAMClient);
  const go = useGo();
  const { busy, error, run, clear } = useAction();
  const [text, setText] = useState(newPolicy);
  const [name, setName] = useState('');
  const [path, setPath] = useState('/');
  const [description, setDescription] = useState('');
  const [tags, setTags] = useState<Tag[]>([]);
  const [tried, setTried] = useState(false);
  const submit = async () => {
    setTried(true);
    if (!usable(text, 'identity', managedLimit) || nameError(name, 'policy') || pathError(path, 'policy') || descriptionError(description) || !tagsValid(tags)) return;
    let arn = '';
    const ok = await run(async () => {
      const made = await iam.send(
        new CreatePolicyCommand({ PolicyName: name, Path: path, PolicyDocument: text, Description: description || undefined, Tags: tags.map((t) => ({ Key: t.key, Value: t.value })) }),
      );
      arn = made.Policy!.Arn!;
      done(`Policy ${name} was created.`, made, 'It has effect once it is attached to users, groups or roles.');
    });
    if (ok) go(policyPath(arn));
  };
  return (
    <Page title="Create policy" above={[{ text: 'Policies', path: '/iam/policies' }]}>
      <PageForm submit="Create policy" busy={busy} error={aboutPolicy(error) ? undefined : error} onSubmit={submit} onCancel={() => go('/iam/policies')}>
        <Container header={<Header variant="h2" description="What is allowed and denied, in JSON.">Specify permissions</Header>}>
          <PolicyEditor
            text={text}
            onChange={(t) => {
              setText(t);
              clear();
            }}
            limit={managedLimit}
            tried={tried}
            refused={error}
            rows={22}
          />
        </Container>
        <Container header={<Header variant="h2">Policy details</Header>}>
          <SpaceBetween size="m">
            <FormField label="Policy name" constraintText={nameHint('policy')} errorText={tried || name ? nameError(name, 'policy') : undefined}>
              <Input value={name} onChange={(e) => setName(e.detail.value)} autoComplete={false} />
            </FormField>
            <FormField label="Path - optional" errorText={pathError(path, 'policy')}>
              <Input value={path} onChange={(e) => setPath(e.detail.value || '/')} autoComplete={false} />
            </FormField>
            <FormField label="Description - optional" constraintText="It cannot be changed later." errorText={descriptionError(description)}>
              <Textarea value={description} onChange={(e) => setDescription(e.detail.value)} rows={2} />
            </FormField>
          </SpaceBetween>
        </Container>
        <Container header={<Header variant="h2">Tags - optional</Header>}>
          <TagFields tags={tags} onChange={setTags} tried={tried} />
        </Container>
      </PageForm>
    </Page>
  );
}
