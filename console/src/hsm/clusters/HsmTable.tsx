// The HSMs of a cluster.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { done } from '../../app/flash';
import { useHsmClient, type Cluster, type Hsm } from '../../app/hsm-client';
import { Confirm } from '../../ui/Confirm';
import { Copy } from '../../ui/Copy';
import { ResourceTable, type Column } from '../../ui/ResourceTable';
import { Status, statusText } from '../Status';

interface Props {
  cluster: Cluster;
  reload: () => void;
  vendor: boolean;
}

const columns: Column<Hsm>[] = [
  { id: 'id', header: 'HSM ID', value: (h) => h.HsmId, cell: (h) => <Copy text={h.HsmId} name="HSM ID" />, isRowHeader: true },
  { id: 'state', header: 'State', value: (h) => statusText(h.State), cell: (h) => <><Status state={h.State} />{h.StateMessage && <div>{h.StateMessage}</div>}</> },
  { id: 'zone', header: 'Availability Zone', value: (h) => h.AvailabilityZone, cell: (h) => h.AvailabilityZone ?? '–' },
  { id: 'subnet', header: 'Subnet ID', value: (h) => h.SubnetId, cell: (h) => h.SubnetId ?? '–' },
  { id: 'ip', header: 'ENI IP address', value: (h) => h.EniIp, cell: (h) => h.EniIp ?? '–' },
  { id: 'eni', header: 'ENI ID', value: (h) => h.EniId, cell: (h) => h.EniId ?? '–' },
];

export function HsmTable({ cluster, reload, vendor }: Props) {
  const client = useHsmClient();
  const [chosen, setChosen] = useState<string>();
  const [open, setOpen] = useState<'create' | 'delete'>();
  const hsms = cluster.Hsms ?? [];
  const hsm = hsms.find((h) => h.HsmId === chosen);
  const first = cluster.State === 'UNINITIALIZED' && hsms.length > 0;
  const can = !vendor && !first && ['UNINITIALIZED', 'INITIALIZED', 'ACTIVE'].includes(cluster.State ?? '');
  const why = vendor ? 'The HSMs are managed with the tools of their vendor.' : first ? 'Initialize the cluster before you create a second HSM.' : `The cluster is in the state ${cluster.State}.`;
  return (
    <>
      <ResourceTable
        title="HSMs"
        one="HSM"
        many="HSMs"
        items={hsms}
        reload={reload}
        columns={columns}
        trackBy={(h) => h.HsmId}
        sortedBy="zone"
        selection={vendor ? undefined : 'single'}
        selected={hsm && [hsm]}
        onSelect={(h) => setChosen(h[0]?.HsmId)}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!hsm || hsm.State === 'DELETE_IN_PROGRESS'} onClick={() => setOpen('delete')}>
              Delete HSM
            </Button>
            <Button variant="primary" disabled={!can} disabledReason={why} onClick={() => setOpen('create')}>
              Create HSM
            </Button>
          </SpaceBetween>
        }
        empty={{ hint: 'A cluster has no keys before it has an HSM.' }}
      />
      {open === 'create' && <CreateHsm cluster={cluster} reload={reload} onClose={() => setOpen(undefined)} />}
      {open === 'delete' && hsm && (
        <Confirm
          title="Delete HSM"
          action="Delete"
          typed="delete"
          onClose={() => setOpen(undefined)}
          onConfirm={async () => {
            const result = await client.call('DeleteHsm', { ClusterId: cluster.ClusterId, HsmId: hsm.HsmId });
            done(`HSM ${hsm.HsmId} is being deleted.`, result);
            reload();
          }}
          warning={hsms.length === 1 ? 'This is the last HSM of the cluster: its keys can’t be used until another is created. A backup of them is made first.' : hsms.length === 2 ? 'One HSM is left then. No KMS key and no key store can be created with fewer than two.' : undefined}
        >
          Delete the HSM <b>{hsm.HsmId}</b> in {hsm.AvailabilityZone}? CloudHSM makes a backup before.
        </Confirm>
      )}
    </>
  );
}

function CreateHsm({ cluster, reload, onClose }: { cluster: Cluster; reload: () => void; onClose: () => void }) {
  const client = useHsmClient();
  const zones = Object.keys(cluster.SubnetMapping ?? {}).sort();
  const used = (z: string) => (cluster.Hsms ?? []).filter((h) => h.AvailabilityZone === z).length;
  const [zone, setZone] = useState(() => [...zones].sort((a, b) => used(a) - used(b))[0] ?? '');
  const option = (z: string) => ({ value: z, label: z, description: used(z) === 0 ? 'No HSM yet' : `${used(z)} ${used(z) === 1 ? 'HSM' : 'HSMs'}` });
  return (
    <Confirm
      title="Create HSM"
      action="Create"
      onClose={onClose}
      onConfirm={async () => {
        const result = await client.call<{ Hsm: Hsm }>('CreateHsm', { ClusterId: cluster.ClusterId, AvailabilityZone: zone });
        done(`HSM ${result.Hsm.HsmId} is being created in ${zone}.`, result);
        reload();
      }}
    >
      <SpaceBetween size="m">
        <FormField label="Availability Zone" description="The keys of the cluster are copied to the new HSM.">
          <Select selectedOption={zone ? option(zone) : null} options={zones.map(option)} onChange={(e) => setZone(e.detail.selectedOption.value!)} />
        </FormField>
        {used(zone) > 0 && <Alert type="info">There is an HSM in this zone already. A key store needs HSMs in two zones.</Alert>}
      </SpaceBetween>
    </Confirm>
  );
}
