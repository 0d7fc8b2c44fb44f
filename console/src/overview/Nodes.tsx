// The health of the nodes of this service.
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import Alert from '@cloudscape-design/components/alert';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useClient } from '../app/client';
import { now } from '../app/clock';
import { useLoad } from '../app/load';
import { getSettings } from '../signin/api';
import { ErrorNote } from '../ui/ErrorNote';
import { ResourceTable } from '../ui/ResourceTable';
import { Time } from '../ui/Time';
import { answering, nodes, silentAfter, type Node } from './nodes';

const silent = (n: Node) => now().getTime() - n.seen!.getTime() > silentAfter;

export function Nodes() {
  const settings = useLoad(getSettings, []);
  return settings.data ? <NodeTable region={settings.data.defaultRegion} /> : null;
}

function NodeTable({ region }: { region: string }) {
  const cloudwatch = useClient(CloudWatchClient, region);
  const here = useLoad(answering, []);
  const all = useLoad((signal) => nodes(cloudwatch, now(), signal), [cloudwatch]);
  const reasons = Object.entries(here.data?.reasons ?? {});
  return (
    <SpaceBetween size="m">
      <ErrorNote error={here.error} retry={here.reload} header="The node that answers this page does not say how it is" />
      {here.data && (
        <Alert type={!here.data.ready ? 'error' : reasons.length > 0 ? 'warning' : 'success'} header={here.data.ready ? 'The node that answers this page is ready' : 'The node that answers this page is not ready'}>
          {reasons.length > 0 && (
            <ul>
              {reasons.map(([what, why]) => (
                <li key={what}>
                  {what}: {why}
                </li>
              ))}
            </ul>
          )}
        </Alert>
      )}
      <ResourceTable
        title="Node health"
        one="node"
        many="nodes"
        description="What each node has written last, in the metrics of namespace Keystead."
        items={all.data}
        loading={all.loading}
        error={all.error}
        reload={() => {
          here.reload();
          all.reload();
        }}
        trackBy={(n) => n.name}
        pageSize={5}
        noFilter
        columns={[
          { id: 'name', header: 'Node', cell: (n) => n.name, value: (n) => n.name, isRowHeader: true },
          { id: 'host', header: 'Host', cell: (n) => n.host, value: (n) => n.host },
          {
            id: 'state',
            header: 'State',
            cell: (n) =>
              silent(n) ? (
                <StatusIndicator type="stopped">Silent</StatusIndicator>
              ) : !n.ready ? (
                <StatusIndicator type="error">Not ready</StatusIndicator>
              ) : n.problems ? (
                <StatusIndicator type="warning">Ready, with {n.problems} problems</StatusIndicator>
              ) : (
                <StatusIndicator type="success">Ready</StatusIndicator>
              ),
            value: (n) => Number(n.ready),
          },
          { id: 'seen', header: 'Last heard of', cell: (n) => <Time at={n.seen} seconds />, value: (n) => n.seen?.getTime() },
        ]}
        empty={{ title: 'No nodes', hint: 'Nodes write their health into the operator’s account once a minute; other accounts do not see it.' }}
      />
    </SpaceBetween>
  );
}
