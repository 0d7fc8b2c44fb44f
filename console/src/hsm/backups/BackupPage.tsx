// A backup: where it is from, its tags, who else may use it.
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { done } from '../../app/flash';
import { useHsmClient, type Backup, type HsmClient, type Tag } from '../../app/hsm-client';
import { useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { Copy } from '../../ui/Copy';
import { DocumentPanel } from '../../ui/DocumentPanel';
import { Empty } from '../../ui/Empty';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { Go } from '../../ui/Go';
import { Page } from '../../ui/Page';
import { TagsPanel } from '../../ui/TagsPanel';
import { Time } from '../../ui/Time';
import { listBackups } from '../data';
import { Status } from '../Status';
import { BackupActions } from './BackupTable';
import { BackupDialog, type BackupAction } from './dialogs';

const above = [{ text: 'Backups', path: '/cloudhsm/backups' }];

export default function BackupPage() {
  const { id = '' } = useParams();
  const client = useHsmClient();
  const go = useGo();
  const loaded = useLoad(async (signal) => (await listBackups(client, signal, { backupIds: [id] }))[0] ?? null, [client, id]);
  const [open, setOpen] = useState<BackupAction>();
  const [search, setSearch] = useSearchParams();
  const b = loaded.data;
  if (b === null) {
    return (
      <Page title={id} above={above}>
        <Empty title="There is no such backup" hint="It may have been deleted for good." action={<Button onClick={() => go('/cloudhsm/backups')}>Go to the backups</Button>} />
      </Page>
    );
  }
  return (
    <Page
      title={id}
      above={above}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <BackupActions backup={b} onAction={setOpen} />
          <Button disabled={b?.BackupState !== 'READY'} onClick={() => go(`/cloudhsm/clusters/create?backup=${id}`)}>
            Create cluster
          </Button>
        </SpaceBetween>
      }
    >
      <ErrorNote error={loaded.error} retry={loaded.reload} />
      <Container header={<Header variant="h2">General configuration</Header>}>{b ? <General backup={b} /> : loaded.loading && <Loading lines={3} />}</Container>
      {b && (
        <Tabs
          ariaLabel="Backup"
          activeTabId={search.get('tab') ?? 'tags'}
          onChange={(e) => setSearch((q) => (q.set('tab', e.detail.activeTabId), q), { replace: true })}
          tabs={[
            {
              id: 'tags',
              label: 'Tags',
              content: (
                <TagsPanel
                  of={id}
                  load={async () => ((await client.call<{ TagList?: Tag[] }>('ListTags', { ResourceId: id })).TagList ?? []).map((t) => ({ key: t.Key, value: t.Value }))}
                  put={(tags) => client.call('TagResource', { ResourceId: id, TagList: tags.map((t) => ({ Key: t.key, Value: t.value })) })}
                  remove={(TagKeyList) => client.call('UntagResource', { ResourceId: id, TagKeyList })}
                />
              ),
            },
            { id: 'policy', label: 'Resource policy', content: <Sharing backup={b} /> },
          ]}
        />
      )}
      {open && b && <BackupDialog action={open} backup={b} reload={loaded.reload} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}

function General({ backup: b }: { backup: Backup }) {
  return (
    <Fields
      columns={4}
      items={[
        { label: 'Backup ID', value: <Copy text={b.BackupId} name="backup ID" /> },
        { label: 'State', value: <Status state={b.BackupState} /> },
        { label: 'Cluster ID', value: b.ClusterId && <Go to={`/cloudhsm/clusters/${b.ClusterId}`}>{b.ClusterId}</Go> },
        { label: 'Creation date', value: <Time at={b.CreateTimestamp} /> },
        { label: 'Never expires', value: b.NeverExpires ? 'Yes' : 'No' },
        !!b.DeleteTimestamp && { label: 'Deleted for good', value: <Time at={b.DeleteTimestamp} /> },
        { label: 'HSM type', value: b.HsmType },
        { label: 'Mode', value: b.Mode },
        { label: 'ARN', value: <Copy text={b.BackupArn} name="ARN" /> },
        !!b.SourceBackup && { label: 'Copied from', value: `${b.SourceBackup} of ${b.SourceCluster} in ${b.SourceRegion}` },
        !!b.CopyTimestamp && { label: 'Copied', value: <Time at={b.CopyTimestamp} /> },
      ]}
    />
  );
}

/** policyOf reads the resource policy; "" where there is none, which the service says by an error. */
async function policyOf(client: HsmClient, ResourceArn: string): Promise<string> {
  try {
    return (await client.call<{ Policy?: string }>('GetResourcePolicy', { ResourceArn })).Policy ?? '';
  } catch (error) {
    if ((error as Error).name === 'CloudHsmResourceNotFoundException') return '';
    throw error;
  }
}

function Sharing({ backup }: { backup: Backup }) {
  const client = useHsmClient();
  const ResourceArn = backup.BackupArn;
  const policy = useLoad(ResourceArn ? () => policyOf(client, ResourceArn) : undefined, [client, ResourceArn]);
  if (policy.error) return <ErrorNote error={policy.error} retry={policy.reload} />;
  if (policy.data === undefined) return <Loading />;
  return (
    <DocumentPanel
      title="Resource policy"
      description="Lets other accounts describe this backup and create clusters from it. Save an empty document to remove it."
      text={policy.data}
      limit={20_000}
      removable
      save={async (text) => {
        const result = text.trim() ? await client.call('PutResourcePolicy', { ResourceArn, Policy: text }) : await client.call('DeleteResourcePolicy', { ResourceArn });
        done(text.trim() ? 'The resource policy was changed.' : 'The resource policy was removed.', result);
        policy.reload();
      }}
    />
  );
}
