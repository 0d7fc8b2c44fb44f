// One log group: its details and, in tabs, its streams, searches, filters and tags.
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { useClient } from '../app/client';
import { useLoad } from '../app/load';
import { useGo } from '../app/region';
import { Copy } from '../ui/Copy';
import { Empty } from '../ui/Empty';
import { ErrorNote } from '../ui/ErrorNote';
import { Fields, Loading } from '../ui/Field';
import { Go } from '../ui/Go';
import { Page } from '../ui/Page';
import { Time } from '../ui/Time';
import { MetricFilters } from './filters/MetricFilters';
import { DeleteGroups, EditKey, EditRetention } from './GroupDialogs';
import { GroupTags } from './GroupTags';
import { bytesText, retentionText } from './groups';
import { aboveGroup, filterPath, groupsPath } from './places';
import { Search } from './Search';
import { Streams } from './Streams';
import { Tail } from './Tail';

export default function GroupPage() {
  const { group: name = '' } = useParams();
  const logs = useClient(CloudWatchLogsClient);
  const go = useGo();
  const [search, setSearch] = useSearchParams();
  const [dialog, setDialog] = useState<string>();
  const loaded = useLoad(
    async (signal) => {
      const page = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name, limit: 1 }), { abortSignal: signal });
      return { group: page.logGroups?.find((g) => g.logGroupName === name) };
    },
    [logs, name],
  );
  const group = loaded.data?.group;
  const close = () => setDialog(undefined);
  return (
    <Page
      title={name}
      above={aboveGroup}
      actions={
        group && (
          <ButtonDropdown
            items={[
              { id: 'retention', text: 'Edit retention setting' },
              { id: 'key', text: 'Edit KMS key' },
              { id: 'filter', text: 'Create metric filter' },
              { id: 'delete', text: 'Delete log group' },
            ]}
            onItemClick={(e) => (e.detail.id === 'filter' ? go(filterPath(name)) : setDialog(e.detail.id))}
          >
            Actions
          </ButtonDropdown>
        )
      }
    >
      <ErrorNote error={loaded.error} retry={loaded.reload} />
      {loaded.data && !group && <Empty title="There is no such log group in this Region" hint={<Go to={groupsPath}>All log groups</Go>} />}
      {loaded.loading && !loaded.data && <Loading lines={5} />}
      {group && (
        <>
          <Container header={<Header variant="h2">Log group details</Header>}>
            <Fields
              items={[
                { label: 'ARN', value: <Copy name="ARN" text={group.arn} /> },
                { label: 'Creation time', value: <Time at={group.creationTime! / 1000} /> },
                { label: 'Retention', value: retentionText(group.retentionInDays) },
                { label: 'Stored bytes', value: bytesText(group.storedBytes) },
                { label: 'Metric filters', value: group.metricFilterCount ?? 0 },
                { label: 'KMS key', value: group.kmsKeyId ? <Go to={`/kms/keys/${encodeURIComponent(group.kmsKeyId.split('/').pop()!)}`}>{group.kmsKeyId}</Go> : '–' },
              ]}
            />
          </Container>
          <Tabs
            activeTabId={search.get('tab') ?? 'streams'}
            onChange={(e) => setSearch({ tab: e.detail.activeTabId }, { replace: true })}
            tabs={[
              { id: 'streams', label: 'Log streams', content: <Streams group={name} /> },
              { id: 'search', label: 'Search all', content: search.get('tab') === 'search' && <Search key={name} group={name} /> },
              { id: 'tail', label: 'Tail', content: search.get('tab') === 'tail' && <Tail key={name} group={name} /> },
              { id: 'metric-filters', label: 'Metric filters', content: search.get('tab') === 'metric-filters' && <MetricFilters group={name} onChange={loaded.reload} /> },
              { id: 'tags', label: 'Tags', content: search.get('tab') === 'tags' && <GroupTags arn={group.logGroupArn!} /> },
            ]}
          />
          {dialog === 'retention' && <EditRetention group={group} onDone={loaded.reload} onClose={close} />}
          {dialog === 'key' && <EditKey group={group} onDone={loaded.reload} onClose={close} />}
          {dialog === 'delete' && <DeleteGroups groups={[group]} onDone={() => go(groupsPath)} onClose={close} />}
        </>
      )}
    </Page>
  );
}
