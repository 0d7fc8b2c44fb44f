// The CloudHSM clusters of the account in this Region.
import Button from '@cloudscape-design/components/button';
import { useGo } from '../../app/region';
import type { Cluster } from '../../app/hsm-client';
import { Copy } from '../../ui/Copy';
import { Go } from '../../ui/Go';
import { Page } from '../../ui/Page';
import { ResourceTable, type Column } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { useClusters } from '../data';
import { Status, statusText } from '../Status';

export const activeHsms = (c: Cluster) => (c.Hsms ?? []).filter((h) => h.State === 'ACTIVE').length;

const columns: Column<Cluster>[] = [
  { id: 'id', header: 'Cluster ID', value: (c) => c.ClusterId, cell: (c) => <Go to={`/cloudhsm/clusters/${c.ClusterId}`}>{c.ClusterId}</Go>, isRowHeader: true },
  { id: 'state', header: 'State', value: (c) => statusText(c.State), cell: (c) => <Status state={c.State} /> },
  { id: 'hsms', header: 'Active HSMs', value: (c) => activeHsms(c), cell: (c) => `${activeHsms(c)} of ${c.Hsms?.length ?? 0}` },
  { id: 'type', header: 'HSM type', value: (c) => c.HsmType, cell: (c) => c.HsmType ?? '–' },
  { id: 'mode', header: 'Mode', value: (c) => c.Mode, cell: (c) => c.Mode ?? '–' },
  { id: 'zones', header: 'Availability Zones', value: (c) => Object.keys(c.SubnetMapping ?? {}).join(', '), cell: (c) => Object.keys(c.SubnetMapping ?? {}).join(', ') || '–' },
  { id: 'vpc', header: 'VPC ID', value: (c) => c.VpcId, cell: (c) => <Copy text={c.VpcId} name="VPC ID" />, hidden: true },
  { id: 'created', header: 'Creation date', value: (c) => c.CreateTimestamp, cell: (c) => <Time at={c.CreateTimestamp} /> },
];

export function ClusterList() {
  const clusters = useClusters();
  const go = useGo();
  const create = () => go('/cloudhsm/clusters/create');
  return (
    <Page title="Clusters" description="A cluster is one or more HSMs with the same keys, each in its Availability Zone.">
      <ResourceTable
        id="clusters"
        address="search"
        title="Clusters"
        one="cluster"
        many="clusters"
        items={clusters.data}
        loading={clusters.loading}
        error={clusters.error}
        reload={clusters.reload}
        columns={columns}
        trackBy={(c) => c.ClusterId}
        sortedBy="id"
        actions={
          <Button variant="primary" onClick={create}>
            Create cluster
          </Button>
        }
        empty={{ hint: 'Create a cluster to have the material of KMS keys in HSMs.', action: <Button onClick={create}>Create cluster</Button> }}
      />
    </Page>
  );
}
