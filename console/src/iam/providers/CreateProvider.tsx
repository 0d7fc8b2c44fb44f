// The form that adds an OpenID Connect identity provider.
import { CreateOpenIDConnectProviderCommand, IAMClient } from '@aws-sdk/client-iam';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction } from '../../app/load';
import { useGo } from '../../app/region';
import { Page } from '../../ui/Page';
import { TagFields, tagsValid, type Tag } from '../../ui/Tags';
import { PageForm } from '../../ui/PageForm';
import { providerPath } from '../names';
import { audienceError, hostOf, thumbprintError, urlError } from './checks';

export function CreateProvider() {
  const iam = useClient(IAMClient);
  const go = useGo();
  const { busy, error, run } = useAction();
  const [url, setUrl] = useState('');
  const [audience, setAudience] = useState('');
  const [thumbprint, setThumbprint] = useState('');
  const [tags, setTags] = useState<Tag[]>([]);
  const [tried, setTried] = useState(false);
  const submit = async () => {
    setTried(true);
    if (urlError(url) || audienceError(audience) || thumbprintError(thumbprint) || !tagsValid(tags)) return;
    let arn = '';
    const ok = await run(async () => {
      const made = await iam.send(
        new CreateOpenIDConnectProviderCommand({ Url: url, ClientIDList: [audience], ThumbprintList: thumbprint ? [thumbprint] : undefined, Tags: tags.map((t) => ({ Key: t.key, Value: t.value })) }),
      );
      arn = made.OpenIDConnectProviderArn!;
      done(`Identity provider ${hostOf(arn)} was added.`, made, 'Create a role that trusts it, so that its users can do something.');
    });
    if (ok) go(providerPath(arn));
  };
  return (
    <Page title="Add an identity provider" above={[{ text: 'Identity providers', path: '/iam/providers' }]}>
      <PageForm submit="Add provider" busy={busy} error={error} onSubmit={submit} onCancel={() => go('/iam/providers')}>
        <Container header={<Header variant="h2">Provider details</Header>}>
          <SpaceBetween size="m">
            <FormField label="Provider URL" constraintText="The issuer of its tokens, such as https://login.example.com" errorText={tried || url.length > 8 ? urlError(url) : undefined}>
              <Input value={url} inputMode="url" onChange={(e) => setUrl(e.detail.value.trim())} autoComplete={false} />
            </FormField>
            <FormField label="Audience" constraintText="The client ID that the provider has given to the application" errorText={tried ? audienceError(audience) : undefined}>
              <Input value={audience} onChange={(e) => setAudience(e.detail.value.trim())} autoComplete={false} />
            </FormField>
            <FormField label="Thumbprint - optional" constraintText="The SHA-1 hash of a certificate that signs the provider’s" errorText={thumbprintError(thumbprint)}>
              <Input value={thumbprint} onChange={(e) => setThumbprint(e.detail.value.replaceAll(':', '').trim())} autoComplete={false} />
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
