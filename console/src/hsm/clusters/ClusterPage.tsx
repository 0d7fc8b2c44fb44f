// A cluster: what to do next with it, its HSMs, backups, certificates and tags.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { useHsmClient, type Cluster, type Tag } from '../../app/hsm-client';
import { useGo } from '../../app/region';
import { Copy, CopyButton } from '../../ui/Copy';
import { Empty } from '../../ui/Empty';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { Go } from '../../ui/Go';
import { Page } from '../../ui/Page';
import { TagsPanel } from '../../ui/TagsPanel';
import { Time } from '../../ui/Time';
import { BackupTable } from '../backups/BackupTable';
import { useCluster } from '../data';
import { saveText } from '../saveText.ts';
import { Status } from '../Status';
import { DeleteCluster, EditRetention } from './dialogs';
import { HsmTable } from './HsmTable';
import { Next } from './Next';

const above = [{ text: 'Clusters', path: '/cloudhsm/clusters' }];

export default function ClusterPage() {
  const { id = '' } = useParams();
  const cluster = useCluster(id);
  const client = useHsmClient();
  const go = useGo();
  const [search, setSearch] = useSearchParams();
  const [open, setOpen] = useState<string>();
  const c = cluster.data;
  if (c === null) {
    return (
      <Page title={id} above={above}>
        <Empty title="There is no such cluster" hint="It may have been deleted." action={<Button onClick={() => go('/cloudhsm/clusters')}>Go to the clusters</Button>} />
      </Page>
    );
  }
  const vendor = c !== undefined && !c.BackupRetentionPolicy;
  return (
    <Page
      title={id}
      above={above}
      actions={
        <ButtonDropdown
          disabled={!c}
          expandToViewport
          items={[
            { id: 'initialize', text: 'Initialize', disabled: c?.State !== 'UNINITIALIZED', disabledReason: 'Only a cluster that is not initialized can be.' },
            { id: 'retention', text: 'Edit backup retention', disabled: vendor, disabledReason: 'The backups of these HSMs are their vendor’s business.' },
            { id: 'store', text: 'Create key store', disabled: c?.State !== 'ACTIVE', disabledReason: 'The cluster is not active.' },
            { id: 'delete', text: 'Delete', disabled: vendor || (c?.Hsms?.length ?? 0) > 0, disabledReason: vendor ? 'The cluster is declared in the configuration of the server.' : 'Delete all HSMs of the cluster first.' },
          ]}
          onItemClick={(e) =>
            e.detail.id === 'initialize' ? go(`/cloudhsm/clusters/${id}/initialize`)
            : e.detail.id === 'store' ? go(`/kms/cloudhsm-stores/create?cluster=${id}`)
            : setOpen(e.detail.id)
          }
        >
          Actions
        </ButtonDropdown>
      }
    >
      <ErrorNote error={cluster.error} retry={cluster.reload} />
      {c && <Next cluster={c} />}
      <Container header={<Header variant="h2">General configuration</Header>}>{c ? <General cluster={c} /> : cluster.loading && <Loading lines={4} />}</Container>
      {c && (
        <Tabs
          ariaLabel="Cluster"
          activeTabId={search.get('tab') ?? 'hsms'}
          onChange={(e) => setSearch((q) => (q.set('tab', e.detail.activeTabId), q), { replace: true })}
          tabs={[
            { id: 'hsms', label: 'HSMs', content: <HsmTable cluster={c} reload={cluster.reload} vendor={vendor} /> },
            { id: 'backups', label: 'Backups', content: <BackupTable cluster={id} /> },
            { id: 'certificates', label: 'Certificates', content: <Certificates cluster={c} /> },
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
          ]}
        />
      )}
      {c && open === 'retention' && <EditRetention cluster={c} reload={cluster.reload} onClose={() => setOpen(undefined)} />}
      {c && open === 'delete' && <DeleteCluster cluster={c} onClose={() => setOpen(undefined)} />}
    </Page>
  );
}

function General({ cluster: c }: { cluster: Cluster }) {
  return (
    <Fields
      columns={4}
      items={[
        { label: 'Cluster ID', value: <Copy text={c.ClusterId} name="cluster ID" /> },
        { label: 'State', value: <Status state={c.State} /> },
        !!c.StateMessage && { label: 'State message', value: c.StateMessage },
        { label: 'HSM type', value: c.HsmType },
        { label: 'Mode', value: c.Mode },
        { label: 'VPC ID', value: <Copy text={c.VpcId} name="VPC ID" /> },
        { label: 'Security group', value: <Copy text={c.SecurityGroup} name="security group" /> },
        { label: 'Subnets', value: Object.entries(c.SubnetMapping ?? {}).map(([zone, subnet]) => <div key={zone}>{`${zone}: ${subnet}`}</div>) },
        { label: 'Backup retention', value: c.BackupRetentionPolicy ? `${c.BackupRetentionPolicy.Value} days` : 'By the vendor' },
        !!c.SourceBackupId && { label: 'Restored from', value: <Go to={`/cloudhsm/backups/${c.SourceBackupId}`}>{c.SourceBackupId}</Go> },
        { label: 'Creation date', value: <Time at={c.CreateTimestamp} /> },
      ]}
    />
  );
}

function Certificates({ cluster: c }: { cluster: Cluster }) {
  const all = ([
    ['Cluster certificate', c.Certificates?.ClusterCertificate, 'cluster.crt'],
    ['Cluster certificate signing request', c.Certificates?.ClusterCsr, `${c.ClusterId}_ClusterCsr.csr`],
    ['HSM certificate', c.Certificates?.HsmCertificate, 'hsm.crt'],
  ] as const).filter(([, text]) => text);
  if (all.length === 0) return <Alert type="info">The cluster has no certificates yet. Create an HSM to get its certificate signing request.</Alert>;
  return (
    <SpaceBetween size="l">
      {all.map(([name, text, file]) => (
        <Container
          key={name}
          header={
            <Header
              variant="h2"
              actions={
                <SpaceBetween direction="horizontal" size="xs">
                  <CopyButton text={text!} name={name} />
                  <Button onClick={() => saveText(file, text!)}>Download</Button>
                </SpaceBetween>
              }
            >
              {name}
            </Header>
          }
        >
          <pre className="code-view" tabIndex={0} aria-label={name}>
            {text}
          </pre>
        </Container>
      ))}
    </SpaceBetween>
  );
}
