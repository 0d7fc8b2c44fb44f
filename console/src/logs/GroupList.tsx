// The list of log groups.
import { CloudWatchLogsClient, DescribeLogGroupsCommand, type LogGroup } from '@aws-sdk/client-cloudwatch-logs';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import { useState } from 'react';
import { useClient } from '../app/client';
import { everything, useLoad } from '../app/load';
import { useGo } from '../app/region';
import { Go } from '../ui/Go';
import { Page } from '../ui/Page';
import { ResourceTable, type Column } from '../ui/ResourceTable';
import { Time } from '../ui/Time';
import { DeleteGroups, EditKey, EditRetention } from './GroupDialogs';
import { bytesText, retentionText } from './groups';
import { filterPath, groupPath } from './places';

const columns: Column<LogGroup>[] = [
  { id: 'name', header: 'Log group', isRowHeader: true, value: (g) => g.logGroupName, cell: (g) => <Go to={groupPath(g.logGroupName!)}>{g.logGroupName}</Go> },
  { id: 'class', header: 'Log class', value: (g) => g.logGroupClass, cell: (g) => (g.logGroupClass === 'INFREQUENT_ACCESS' ? 'Infrequent Access' : 'Standard'), hidden: true },
  { id: 'retention', header: 'Retention', value: (g) => g.retentionInDays ?? 1e9, cell: (g) => retentionText(g.retentionInDays) },
  { id: 'filters', header: 'Metric filters', value: (g) => g.metricFilterCount ?? 0, cell: (g) => <Go to={groupPath(g.logGroupName!, 'metric-filters')}>{g.metricFilterCount ?? 0} {g.metricFilterCount === 1 ? 'filter' : 'filters'}</Go> },
  { id: 'bytes', header: 'Stored bytes', value: (g) => g.storedBytes ?? 0, cell: (g) => bytesText(g.storedBytes) },
  { id: 'key', header: 'KMS key ID', value: (g) => g.kmsKeyId, cell: (g) => (g.kmsKeyId ? <Go to={`/kms/keys/${encodeURIComponent(g.kmsKeyId.split('/').pop()!)}`}>{g.kmsKeyId.split('/').pop()}</Go> : '–') },
  { id: 'created', header: 'Creation time', value: (g) => g.creationTime, cell: (g) => <Time at={g.creationTime! / 1000} />, hidden: true },
];

type Dialog = 'retention' | 'key' | 'delete';

export function GroupList() {
  const logs = useClient(CloudWatchLogsClient);
  const go = useGo();
  const [selected, setSelected] = useState<readonly LogGroup[]>([]);
  const [dialog, setDialog] = useState<Dialog>();
  const groups = useLoad(
    (signal) =>
      everything(async (nextToken) => {
        const page = await logs.send(new DescribeLogGroupsCommand({ nextToken, limit: 50 }), { abortSignal: signal });
        return { items: page.logGroups, next: page.nextToken };
      }, signal),
    [logs],
  );
  const one = selected.length === 1 ? selected[0] : undefined;
  const close = () => setDialog(undefined);
  const changed = () => {
    setSelected([]);
    groups.reload();
  };
  const create = <Button onClick={() => go('/cloudwatch/logs/create')}>Create log group</Button>;
  return (
    <Page title="Log groups">
      <ResourceTable
        id="log-groups"
        title="Log groups"
        one="log group"
        many="log groups"
        items={groups.data}
        loading={groups.loading}
        error={groups.error}
        reload={groups.reload}
        columns={columns}
        trackBy={(g) => g.logGroupName!}
        sortedBy="name"
        address="q"
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        empty={{ hint: 'A log group keeps log streams that share retention, encryption and metric filters.', action: create }}
        actions={
          <>
            <ButtonDropdown
              items={[
                { id: 'retention', text: 'Edit retention setting', disabled: !one },
                { id: 'key', text: 'Edit KMS key', disabled: !one },
                { id: 'filter', text: 'Create metric filter', disabled: !one },
                { id: 'delete', text: 'Delete log group(s)', disabled: selected.length === 0 },
              ]}
              onItemClick={(e) => (e.detail.id === 'filter' ? go(filterPath(one!.logGroupName!)) : setDialog(e.detail.id as Dialog))}
            >
              Actions
            </ButtonDropdown>
            {create}
          </>
        }
      />
      {dialog === 'retention' && one && <EditRetention group={one} onDone={changed} onClose={close} />}
      {dialog === 'key' && one && <EditKey group={one} onDone={changed} onClose={close} />}
      {dialog === 'delete' && <DeleteGroups groups={selected} onDone={changed} onClose={close} />}
    </Page>
  );
}
