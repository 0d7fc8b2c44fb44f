// The list of trails.
import { CloudTrailClient, DescribeTrailsCommand, GetTrailStatusCommand, type Trail } from '@aws-sdk/client-cloudtrail';
import Button from '@cloudscape-design/components/button';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { atOnce, useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { Go } from '../../ui/Go';
import { Page } from '../../ui/Page';
import { ResourceTable, type Column } from '../../ui/ResourceTable';
import { DeleteTrail, useLogging } from './actions';
import { groupName } from './form';
import { trailPath, trailsPath } from './places';

export interface Listed {
  trail: Trail;
  logging?: boolean;
}

export const Logging = ({ on }: { on: boolean | undefined }) =>
  on === undefined ? <>–</> : <StatusIndicator type={on ? 'success' : 'stopped'}>{on ? 'Logging' : 'Off'}</StatusIndicator>;

const columns: Column<Listed>[] = [
  { id: 'name', header: 'Name', isRowHeader: true, value: (t) => t.trail.Name, cell: (t) => <Go to={trailPath(t.trail.TrailARN!)}>{t.trail.Name}</Go> },
  { id: 'home', header: 'Home Region', value: (t) => t.trail.HomeRegion, cell: (t) => t.trail.HomeRegion },
  { id: 'multi', header: 'Multi-Region trail', value: (t) => (t.trail.IsMultiRegionTrail ? 'Yes' : 'No'), cell: (t) => (t.trail.IsMultiRegionTrail ? 'Yes' : 'No') },
  { id: 'organization', header: 'Organization trail', value: (t) => (t.trail.IsOrganizationTrail ? 'Yes' : 'No'), cell: (t) => (t.trail.IsOrganizationTrail ? 'Yes' : 'No'), hidden: true },
  { id: 'bucket', header: 'S3 bucket', value: (t) => t.trail.S3BucketName, cell: (t) => t.trail.S3BucketName },
  { id: 'prefix', header: 'Log file prefix', value: (t) => t.trail.S3KeyPrefix, cell: (t) => t.trail.S3KeyPrefix || '–' },
  {
    id: 'group',
    header: 'CloudWatch Logs log group',
    value: (t) => groupName(t.trail.CloudWatchLogsLogGroupArn),
    cell: (t) => (t.trail.CloudWatchLogsLogGroupArn ? <Go to={`/cloudwatch/logs/groups/${encodeURIComponent(groupName(t.trail.CloudWatchLogsLogGroupArn))}`}>{groupName(t.trail.CloudWatchLogsLogGroupArn)}</Go> : '–'),
  },
  { id: 'status', header: 'Status', value: (t) => (t.logging ? 'Logging' : 'Off'), cell: (t) => <Logging on={t.logging} /> },
];

export function TrailList() {
  const client = useClient(CloudTrailClient);
  const go = useGo();
  const [selected, setSelected] = useState<readonly Listed[]>([]);
  const [deleting, setDeleting] = useState(false);
  const trails = useLoad(
    async (signal) => {
      const { trailList = [] } = await client.send(new DescribeTrailsCommand({ includeShadowTrails: true }), { abortSignal: signal });
      return atOnce(trailList, async (trail): Promise<Listed> => {
        const status = await client.send(new GetTrailStatusCommand({ Name: trail.TrailARN }), { abortSignal: signal }).catch(() => undefined);
        return { trail, logging: status?.IsLogging };
      });
    },
    [client],
  );
  const reload = () => {
    setSelected([]);
    trails.reload();
  };
  const one = selected.length === 1 ? selected[0] : undefined;
  const logging = useLogging(one?.trail, reload);
  const create = (
    <Button variant="primary" onClick={() => go(`${trailsPath}/create`)}>
      Create trail
    </Button>
  );
  return (
    <Page title="Trails">
      <ResourceTable
        id="trails"
        title="Trails"
        one="trail"
        many="trails"
        items={trails.data}
        loading={trails.loading}
        error={trails.error}
        reload={trails.reload}
        columns={columns}
        trackBy={(t) => t.trail.TrailARN!}
        sortedBy="name"
        address="q"
        selection="single"
        selected={selected}
        onSelect={setSelected}
        empty={{ hint: 'A trail delivers events to a bucket, and if you like to a log group, where they stay beyond the 90 days of the event history.', action: create }}
        actions={
          <>
            <Button disabled={!one} onClick={() => setDeleting(true)}>
              Delete
            </Button>
            <Button disabled={!one} loading={logging.busy} onClick={() => logging.set(!one?.logging)}>
              {one?.logging === false ? 'Start logging' : 'Stop logging'}
            </Button>
            {create}
          </>
        }
      />
      {logging.dialog}
      {deleting && one && <DeleteTrail trail={one.trail} onDone={reload} onClose={() => setDeleting(false)} />}
    </Page>
  );
}
