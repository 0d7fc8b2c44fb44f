// The form that makes a topic.
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useClient } from '../app/client';
import { done } from '../app/flash';
import { useAction } from '../app/load';
import { useGo } from '../app/region';
import { jsonError, JsonEditor } from '../ui/JsonEditor';
import { Page } from '../ui/Page';
import { TagFields, tagsValid, type Tag } from '../ui/Tags';
import { PageForm } from '../ui/PageForm';
import { topicNameError, topicPath } from './names';

export function CreateTopic() {
  const sns = useClient(SNSClient);
  const go = useGo();
  const { busy, error, run } = useAction();
  const [name, setName] = useState('');
  const [display, setDisplay] = useState('');
  const [policy, setPolicy] = useState('');
  const [tags, setTags] = useState<Tag[]>([]);
  const [tried, setTried] = useState(false);
  const nameError = topicNameError(name, true);
  const displayError = display.length > 100 ? 'A display name has at most 100 characters.' : undefined;
  const submit = async () => {
    setTried(true);
    if (nameError || displayError || !tagsValid(tags) || (policy && jsonError(policy))) return;
    let arn = '';
    const Attributes: Record<string, string> = {};
    if (display) Attributes.DisplayName = display;
    if (policy) Attributes.Policy = policy;
    const ok = await run(async () => {
      const made = await sns.send(new CreateTopicCommand({ Name: name, Attributes, Tags: tags.map((t) => ({ Key: t.key, Value: t.value })) }));
      arn = made.TopicArn!;
      done(`Topic ${name} was created.`, made, 'Subscribe endpoints to it: a topic without confirmed subscriptions reaches nobody.');
    });
    if (ok) go(topicPath(arn));
  };
  return (
    <Page title="Create topic" above={[{ text: 'Topics', path: '/sns/topics' }]}>
      <PageForm submit="Create topic" busy={busy} error={error} onSubmit={submit} onCancel={() => go('/sns/topics')}>
        <Container header={<Header variant="h2">Details</Header>}>
          <SpaceBetween size="m">
            <FormField label="Name" constraintText="Up to 256 letters, numbers, hyphens and underscores." errorText={tried || name ? nameError : undefined}>
              <Input value={name} onChange={(e) => setName(e.detail.value)} autoComplete={false} />
            </FormField>
            <FormField label="Display name - optional" description="The sender’s name in mails." errorText={displayError}>
              <Input value={display} onChange={(e) => setDisplay(e.detail.value)} autoComplete={false} />
            </FormField>
          </SpaceBetween>
        </Container>
        <ExpandableSection variant="container" headerText="Access policy - optional" headerDescription="Without one, this account alone may publish and subscribe, as far as IAM allows.">
          <JsonEditor label="Access policy" value={policy} onChange={setPolicy} limit={30720} rows={12} />
        </ExpandableSection>
        <Container header={<Header variant="h2">Tags - optional</Header>}>
          <TagFields tags={tags} onChange={setTags} tried={tried} />
        </Container>
      </PageForm>
    </Page>
  );
}
