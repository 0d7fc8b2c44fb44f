// The list of private endpoints.
import { DeleteVpcEndpointsCommand, DescribeVpcEndpointsCommand, EC2Client, type VpcEndpoint } from '@aws-sdk/client-ec2';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useClient } from '../app/client';
import { done } from '../app/flash';
import { everything, useLoad } from '../app/load';
import { useGo } from '../app/region';
import { Confirm } from '../ui/Confirm';
import { Go } from '../ui/Go';
import { Page } from '../ui/Page';
import { ResourceTable } from '../ui/ResourceTable';
import { Time } from '../ui/Time';
import { nameOf, serviceOf, State, stateName } from './describe';

export function Endpoints() {
  const ec2 = useClient(EC2Client);
  const go = useGo();
  const [selected, setSelected] = useState<VpcEndpoint[]>([]);
  const [deleting, setDeleting] = useState(false);
  const list = useLoad(
    (abortSignal) =>
      everything(async (NextToken) => {
        const page = await ec2.send(new DescribeVpcEndpointsCommand({ NextToken }), { abortSignal });
        return { items: page.VpcEndpoints, next: page.NextToken };
      }, abortSignal),
    [ec2],
  );
  const create = (
    <Button variant="primary" onClick={() => go('/vpc/endpoints/create')}>
      Create endpoint
    </Button>
  );
  return (
    <Page title="Endpoints" description="A private endpoint is an address of its own for one network. Policies can ask that calls come through it.">
      <ResourceTable
        id="endpoints"
        address="q"
        title="Endpoints"
        one="endpoint"
        many="endpoints"
        items={list.data}
        loading={list.loading}
        error={list.error}
        reload={list.reload}
        trackBy={(e) => e.VpcEndpointId!}
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        columns={[
          { id: 'id', header: 'VPC endpoint ID', cell: (e) => <Go to={`/vpc/endpoints/${e.VpcEndpointId}`}>{e.VpcEndpointId}</Go>, value: (e) => e.VpcEndpointId, isRowHeader: true },
          { id: 'name', header: 'Name', cell: (e) => nameOf(e) ?? '–', value: nameOf },
          { id: 'vpc', header: 'VPC ID', cell: (e) => e.VpcId, value: (e) => e.VpcId },
          { id: 'service', header: 'Service', cell: (e) => serviceOf(e.ServiceName), value: (e) => e.ServiceName },
          { id: 'state', header: 'Status', cell: (e) => <State endpoint={e} />, value: (e) => stateName(e.State) },
          { id: 'dns', header: 'DNS name', cell: (e) => e.DnsEntries?.[0]?.DnsName ?? '–', value: (e) => e.DnsEntries?.[0]?.DnsName },
          { id: 'created', header: 'Creation time', cell: (e) => <Time at={e.CreationTimestamp} />, value: (e) => e.CreationTimestamp?.getTime() },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => setDeleting(true)}>
              Delete endpoints
            </Button>
            {create}
          </SpaceBetween>
        }
        empty={{ hint: 'Create an endpoint to reach the service from one network only.', action: create }}
      />
      {deleting && (
        <DeleteEndpoints
          ids={selected.map((e) => e.VpcEndpointId!)}
          onClose={() => setDeleting(false)}
          onDone={() => {
            setSelected([]);
            list.reload();
          }}
        />
      )}
    </Page>
  );
}

export function DeleteEndpoints({ ids, onClose, onDone }: { ids: readonly string[]; onClose: () => void; onDone: () => void }) {
  const ec2 = useClient(EC2Client);
  return (
    <Confirm
      title="Delete endpoints"
      action="Delete"
      typed="delete"
      onClose={onClose}
      onConfirm={async () => {
        const answer = await ec2.send(new DeleteVpcEndpointsCommand({ VpcEndpointIds: [...ids] }));
        const left = answer.Unsuccessful?.[0];
        if (left) throw Object.assign(new Error(`${left.ResourceId}: ${left.Error?.Message}`), { name: left.Error?.Code ?? 'Error', $metadata: answer.$metadata });
        done(`${ids.length === 1 ? `Endpoint ${ids[0]} was` : `${ids.length} endpoints were`} deleted.`, answer);
        onDone();
      }}
    >
      Delete {ids.length === 1 ? <b>{ids[0]}</b> : <>these {ids.length} endpoints</>}? Their addresses are closed at once, with the connections through them. Policies that ask for them by
      ID allow nothing more.
    </Confirm>
  );
}
