// A private endpoint: where it is reached, its policy, its tags.
import { CreateTagsCommand, DeleteTagsCommand, DescribeVpcEndpointsCommand, EC2Client, ModifyVpcEndpointCommand, type ModifyVpcEndpointCommandInput } from '@aws-sdk/client-ec2';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { useClient } from '../app/client';
import { done } from '../app/flash';
import { useLoad } from '../app/load';
import { useGo } from '../app/region';
import { Confirm } from '../ui/Confirm';
import { Copy } from '../ui/Copy';
import { DocumentPanel } from '../ui/DocumentPanel';
import { Empty } from '../ui/Empty';
import { ErrorNote } from '../ui/ErrorNote';
import { Fields, Loading } from '../ui/Field';
import { Page } from '../ui/Page';
import { TagsPanel } from '../ui/TagsPanel';
import { Time } from '../ui/Time';
import { limit, nameOf, serviceOf, State } from './describe';
import { DeleteEndpoints } from './Endpoints';

export function Endpoint() {
  const { id = '' } = useParams();
  const ec2 = useClient(EC2Client);
  const go = useGo();
  const [query, setQuery] = useSearchParams();
  const [open, setOpen] = useState<'delete' | 'dns' | 'reset'>();
  const one = useLoad(async (abortSignal) => (await ec2.send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] }), { abortSignal })).VpcEndpoints?.[0], [ec2, id]);
  const e = one.data;
  const modify = async (change: Partial<ModifyVpcEndpointCommandInput>) => {
    done(`Endpoint ${id} was changed.`, await ec2.send(new ModifyVpcEndpointCommand({ VpcEndpointId: id, ...change })));
    one.reload();
  };
  const close = () => setOpen(undefined);
  return (
    <Page
      title={(e && nameOf(e)) || id}
      above={[{ text: 'Endpoints', path: '/vpc/endpoints' }]}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button disabled={!e} onClick={() => setOpen('dns')}>
            {e?.PrivateDnsEnabled ? 'Disable private DNS' : 'Enable private DNS'}
          </Button>
          <Button disabled={!e} onClick={() => setOpen('delete')}>
            Delete endpoint
          </Button>
        </SpaceBetween>
      }
    >
      <ErrorNote error={one.error} retry={one.reload} />
      {!e && one.loading && <Loading />}
      {!e && !one.loading && !one.error && <Empty title="There is no such endpoint" />}
      {e?.LastError?.Message && (
        <Alert type="warning" header={e.LastError.Code}>
          {e.LastError.Message}
        </Alert>
      )}
      {e && (
        <>
          <Container header={<Header variant="h2">Details</Header>}>
            <Fields
              items={[
                { label: 'Endpoint ID', value: <Copy text={id} name="endpoint ID" /> },
                { label: 'Status', value: <State endpoint={e} /> },
                { label: 'Creation time', value: <Time at={e.CreationTimestamp} /> },
                { label: 'VPC ID', value: e.VpcId },
                { label: 'Service', value: `${serviceOf(e.ServiceName)} (${e.ServiceName})` },
                { label: 'Private DNS names enabled', value: e.PrivateDnsEnabled ? 'Yes' : 'No' },
                { label: 'Owner', value: e.OwnerId },
                {
                  label: 'DNS names',
                  value: (
                    <SpaceBetween size="xxs">
                      {(e.DnsEntries ?? []).map((d) => (
                        <Copy key={d.DnsName} text={d.DnsName} name="DNS name" />
                      ))}
                    </SpaceBetween>
                  ),
                },
              ]}
            />
          </Container>
          <Tabs
            ariaLabel="Parts of the endpoint"
            activeTabId={query.get('tab') ?? 'policy'}
            onChange={(c) => setQuery({ tab: c.detail.activeTabId }, { replace: true })}
            tabs={[
              {
                id: 'policy',
                label: 'Policy',
                content: (
                  <SpaceBetween size="m">
                    <DocumentPanel title="Endpoint policy" description="Calls through the endpoint must be allowed by it too." text={e.PolicyDocument ?? ''} limit={limit} save={(PolicyDocument) => modify({ PolicyDocument })} />
                    <Button onClick={() => setOpen('reset')}>Reset to full access</Button>
                  </SpaceBetween>
                ),
              },
              {
                id: 'tags',
                label: 'Tags',
                content: (
                  <TagsPanel
                    any
                    of={id}
                    load={async () => (await ec2.send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: [id] }))).VpcEndpoints?.[0]?.Tags?.map((t) => ({ key: t.Key!, value: t.Value ?? '' })) ?? []}
                    put={(tags) => ec2.send(new CreateTagsCommand({ Resources: [id], Tags: tags.map((t) => ({ Key: t.key, Value: t.value })) }))}
                    remove={(keys) => ec2.send(new DeleteTagsCommand({ Resources: [id], Tags: keys.map((Key) => ({ Key })) }))}
                  />
                ),
              },
            ]}
          />
        </>
      )}
      {open === 'delete' && <DeleteEndpoints ids={[id]} onClose={close} onDone={() => go('/vpc/endpoints')} />}
      {open === 'reset' && (
        <Confirm title="Reset policy" action="Reset" onClose={close} onConfirm={() => modify({ ResetPolicy: true })}>
          Replace the policy by one that allows whatever other policies allow?
        </Confirm>
      )}
      {open === 'dns' && e && (
        <Confirm title="Private DNS" action="Save changes" onClose={close} onConfirm={() => modify({ PrivateDnsEnabled: !e.PrivateDnsEnabled })}>
          {e.PrivateDnsEnabled ? 'Clients that use the service’s own name no longer reach this endpoint.' : 'Clients in the network reach this endpoint by the service’s own name.'}
        </Confirm>
      )}
    </Page>
  );
}
