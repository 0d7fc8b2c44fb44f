// The metric filters of a log group.
import { CloudWatchLogsClient, DeleteMetricFilterCommand, DescribeMetricFiltersCommand, type MetricFilter } from '@aws-sdk/client-cloudwatch-logs';
import Button from '@cloudscape-design/components/button';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { everything, useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { Confirm } from '../../ui/Confirm';
import { Go } from '../../ui/Go';
import { ResourceTable, type Column } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { filterPath } from '../places';
import { alarmOf, metricOf } from './alarm';

const metric = (f: MetricFilter) => f.metricTransformations?.[0];

const columns: Column<MetricFilter>[] = [
  { id: 'name', header: 'Filter name', isRowHeader: true, value: (f) => f.filterName, cell: (f) => f.filterName },
  { id: 'pattern', header: 'Filter pattern', value: (f) => f.filterPattern, cell: (f) => <code style={{ overflowWrap: 'anywhere' }}>{f.filterPattern || 'Every event'}</code> },
  { id: 'metric', header: 'Metric', value: (f) => `${metric(f)?.metricNamespace} / ${metric(f)?.metricName}`, cell: (f) => <Go to={metricOf(f)}>{`${metric(f)?.metricNamespace} / ${metric(f)?.metricName}`}</Go> },
  { id: 'value', header: 'Metric value', value: (f) => metric(f)?.metricValue, cell: (f) => metric(f)?.metricValue },
  { id: 'default', header: 'Default value', value: (f) => metric(f)?.defaultValue, cell: (f) => metric(f)?.defaultValue ?? '–' },
  { id: 'unit', header: 'Unit', value: (f) => metric(f)?.unit, cell: (f) => metric(f)?.unit ?? '–', hidden: true },
  { id: 'dimensions', header: 'Dimensions', cell: (f) => Object.entries(metric(f)?.dimensions ?? {}).map(([k, v]) => `${k}: ${v}`).join(', ') || '–' },
  { id: 'created', header: 'Creation time', value: (f) => f.creationTime, cell: (f) => <Time at={f.creationTime! / 1000} />, hidden: true },
];

export function MetricFilters({ group, onChange }: { group: string; onChange: () => void }) {
  const logs = useClient(CloudWatchLogsClient);
  const go = useGo();
  const [selected, setSelected] = useState<readonly MetricFilter[]>([]);
  const [deleting, setDeleting] = useState(false);
  const filters = useLoad(
    (signal) =>
      everything(async (nextToken) => {
        const page = await logs.send(new DescribeMetricFiltersCommand({ logGroupName: group, nextToken, limit: 50 }), { abortSignal: signal });
        return { items: page.metricFilters, next: page.nextToken };
      }, signal),
    [logs, group],
  );
  const one = selected.length === 1 ? selected[0] : undefined;
  const remove = async () => {
    try {
      for (const f of selected) {
        const result = await logs.send(new DeleteMetricFilterCommand({ logGroupName: group, filterName: f.filterName }));
        done(`Metric filter ${f.filterName} deleted`, result);
      }
    } finally {
      setSelected([]);
      filters.reload();
      onChange();
    }
  };
  const create = <Button onClick={() => go(filterPath(group))}>Create metric filter</Button>;
  return (
    <>
      <ResourceTable
        id="metric-filters"
        title="Metric filters"
        one="metric filter"
        many="metric filters"
        items={filters.data}
        loading={filters.loading}
        error={filters.error}
        reload={filters.reload}
        columns={columns}
        trackBy={(f) => f.filterName!}
        sortedBy="name"
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        empty={{ hint: 'A metric filter counts the log events that match a pattern, and alarms can watch the count.', action: create }}
        actions={
          <>
            <Button disabled={!one} onClick={() => go(filterPath(group, one!.filterName))}>
              Edit
            </Button>
            <Button disabled={selected.length === 0} onClick={() => setDeleting(true)}>
              Delete
            </Button>
            <Button disabled={!one} onClick={() => go(alarmOf(one!, group))}>
              Create alarm
            </Button>
            {create}
          </>
        }
      />
      {deleting && (
        <Confirm title="Delete metric filter(s)?" action="Delete" onConfirm={remove} onClose={() => setDeleting(false)} warning="Log events are no longer counted. What was counted before stays.">
          <ul>
            {selected.map((f) => (
              <li key={f.filterName} style={{ overflowWrap: 'anywhere' }}>
                {f.filterName}
              </li>
            ))}
          </ul>
        </Confirm>
      )}
    </>
  );
}
