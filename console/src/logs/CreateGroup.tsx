// Create log group.
import { CloudWatchLogsClient, CreateLogGroupCommand, PutRetentionPolicyCommand } from '@aws-sdk/client-cloudwatch-logs';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState, type FormEvent } from 'react';
import { useClient } from '../app/client';
import { done, failed } from '../app/flash';
import { useAction } from '../app/load';
import { useGo } from '../app/region';
import { ErrorNote } from '../ui/ErrorNote';
import { Page } from '../ui/Page';
import { TagFields, tagsValid, type Tag } from '../ui/Tags';
import { groupNameError, keyArnError, retentionOptions } from './groups';
import { aboveGroup, groupPath, groupsPath } from './places';

export default function CreateGroup() {
  const logs = useClient(CloudWatchLogsClient);
  const go = useGo();
  const { busy, error, run } = useAction();
  const [name, setName] = useState('');
  const [days, setDays] = useState('0');
  const [key, setKey] = useState('');
  const [tags, setTags] = useState<Tag[]>([]);
  const [tried, setTried] = useState(false);
  const nameError = groupNameError(name);
  const keyError = key === '' ? undefined : keyArnError(key);
  const create = async (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    if (nameError || keyError || !tagsValid(tags)) return;
    const made = await run(async () => {
      const result = await logs.send(
        new CreateLogGroupCommand({ logGroupName: name, kmsKeyId: key || undefined, tags: tags.length ? Object.fromEntries(tags.map((t) => [t.key, t.value])) : undefined }),
      );
      done(`Log group ${name} created`, result);
      if (days === '0') return;
      try {
        await logs.send(new PutRetentionPolicyCommand({ logGroupName: name, retentionInDays: Number(days) }));
      } catch (why) {
        failed(`The log group was created, but its retention could not be set`, why);
      }
    });
    if (made) go(groupPath(name));
  };
  return (
    <Page title="Create log group" above={aboveGroup}>
      <form onSubmit={create}>
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" onClick={() => go(groupsPath)}>
                Cancel
              </Button>
              <Button variant="primary" loading={busy}>
                Create
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            <Container header={<Header variant="h2">Log group details</Header>}>
              <SpaceBetween size="l">
                <FormField label="Log group name" errorText={tried || name ? nameError : undefined} constraintText="1 to 512 letters, numbers and _ - / . #">
                  <Input value={name} onChange={(e) => setName(e.detail.value)} autoComplete={false} />
                </FormField>
                <FormField label="Retention setting">
                  <Select options={retentionOptions} selectedOption={retentionOptions.find((o) => o.value === days)!} onChange={(e) => setDays(e.detail.selectedOption.value!)} />
                </FormField>
                <FormField label="KMS key ARN - optional" description="The key that log events are encrypted with." errorText={tried ? keyError : undefined}>
                  <Input value={key} onChange={(e) => setKey(e.detail.value.trim())} placeholder="arn:aws:kms:us-east-1:111122223333:key/…" autoComplete={false} />
                </FormField>
              </SpaceBetween>
            </Container>
            <Container header={<Header variant="h2">Tags</Header>}>
              <TagFields tags={tags} onChange={setTags} tried={tried} />
            </Container>
            <ErrorNote error={error} />
          </SpaceBetween>
        </Form>
      </form>
    </Page>
  );
}
