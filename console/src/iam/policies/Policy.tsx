// A policy: its JSON, to whom it is attached, its versions and tags.
import { GetPolicyCommand, GetPolicyVersionCommand, IAMClient, ListPolicyTagsCommand, TagPolicyCommand, UntagPolicyCommand } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { useClient } from '../../app/client';
import { useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { Copy, CopyButton } from '../../ui/Copy';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { JsonView, pretty } from '../../ui/JsonEditor';
import { Page } from '../../ui/Page';
import { TagsPanel } from '../../ui/TagsPanel';
import { Time } from '../../ui/Time';
import { typeOfPolicy } from '../choose';
import { all } from '../lists';
import { decoded, isAwsManaged, lastOf, policyPath } from '../names';
import { DeletePolicy } from './DeletePolicy';
import { Entities } from './Entities';
import { Versions } from './Versions';

export function PolicyPage() {
  const { arn = '' } = useParams();
  const iam = useClient(IAMClient);
  const go = useGo();
  const [query, setQuery] = useSearchParams();
  const [deleting, setDeleting] = useState(false);
  const policy = useLoad(
    async (abortSignal) => {
      const p = (await iam.send(new GetPolicyCommand({ PolicyArn: arn }), { abortSignal })).Policy!;
      const v = await iam.send(new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: p.DefaultVersionId }), { abortSignal });
      return { ...p, text: pretty(decoded(v.PolicyVersion?.Document)) };
    },
    [iam, arn],
  );
  const p = policy.data;
  const own = !isAwsManaged(arn);
  return (
    <Page
      title={lastOf(arn)}
      above={[{ text: 'Policies', path: '/iam/policies' }]}
      description={p?.Description}
      actions={
        own && (
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!p} onClick={() => setDeleting(true)}>
              Delete
            </Button>
            <Button disabled={!p} variant="primary" onClick={() => go(`${policyPath(arn)}/edit`)}>
              Edit
            </Button>
          </SpaceBetween>
        )
      }
    >
      <ErrorNote error={policy.error} retry={policy.reload} />
      {!p && policy.loading && <Loading />}
      {p && (
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">Policy details</Header>}>
            <Fields
              items={[
                { label: 'Type', value: typeOfPolicy(arn) },
                { label: 'ARN', value: <Copy text={arn} name="ARN" /> },
                { label: 'Path', value: p.Path },
                { label: 'Default version', value: p.DefaultVersionId },
                { label: 'Created', value: <Time at={p.CreateDate} /> },
                { label: 'Edited', value: <Time at={p.UpdateDate} /> },
              ]}
            />
          </Container>
          <Tabs
            ariaLabel="Parts of the policy"
            activeTabId={query.get('tab') ?? 'permissions'}
            onChange={(e) => setQuery({ tab: e.detail.activeTabId }, { replace: true })}
            tabs={[
              {
                id: 'permissions',
                label: 'Permissions',
                content: (
                  <Container header={<Header variant="h2" actions={<CopyButton text={p.text} name="policy document" />}>Permissions defined in this policy</Header>}>
                    <JsonView text={p.text} />
                  </Container>
                ),
              },
              { id: 'entities', label: 'Entities attached', content: <Entities arn={arn} changed={policy.reload} /> },
              { id: 'versions', label: 'Policy versions', content: <Versions arn={arn} own={own} changed={policy.reload} /> },
              ...(own
                ? [
                    {
                      id: 'tags',
                      label: 'Tags',
                      content: (
                        <TagsPanel
                          of={arn}
                          load={async () => (await all((q) => iam.send(new ListPolicyTagsCommand({ ...q, PolicyArn: arn })), (r) => r.Tags)).map((t) => ({ key: t.Key!, value: t.Value! }))}
                          put={(tags) => iam.send(new TagPolicyCommand({ PolicyArn: arn, Tags: tags.map((t) => ({ Key: t.key, Value: t.value })) }))}
                          remove={(TagKeys) => iam.send(new UntagPolicyCommand({ PolicyArn: arn, TagKeys }))}
                        />
                      ),
                    },
                  ]
                : []),
            ]}
          />
        </SpaceBetween>
      )}
      {deleting && <DeletePolicy arn={arn} onClose={() => setDeleting(false)} onDone={() => go('/iam/policies')} />}
    </Page>
  );
}
