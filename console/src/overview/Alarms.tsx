// The alarms of this Region: those in alarm, and how many there are of each state.
import { CloudWatchClient, DescribeAlarmsCommand, type CompositeAlarm, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import { useClient } from '../app/client';
import { everything, useLoad } from '../app/load';
import { Go } from '../ui/Go';
import { ResourceTable } from '../ui/ResourceTable';
import { Time } from '../ui/Time';

type Alarm = MetricAlarm | CompositeAlarm;

const types: Record<string, StatusIndicatorProps.Type> = { ALARM: 'error', OK: 'success', INSUFFICIENT_DATA: 'pending' };
const names: Record<string, string> = { ALARM: 'In alarm', OK: 'OK', INSUFFICIENT_DATA: 'Insufficient data' };
const order: Record<string, number> = { ALARM: 0, INSUFFICIENT_DATA: 1, OK: 2 };

export function Alarms() {
  const cloudwatch = useClient(CloudWatchClient);
  const alarms = useLoad(
    async (abortSignal) => {
      const all = await everything<Alarm>(async (NextToken) => {
        const page = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], MaxRecords: 100, NextToken }), { abortSignal });
        return { items: [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])], next: page.NextToken };
      }, abortSignal);
      return all.sort((a, b) => order[a.StateValue ?? ''] - order[b.StateValue ?? '']);
    },
    [cloudwatch],
  );
  const count = (state: string) => alarms.data?.filter((a) => a.StateValue === state).length ?? 0;
  return (
    <ResourceTable
      title="Alarms"
      one="alarm"
      many="alarms"
      description={alarms.data && alarms.data.length > 0 ? `${count('ALARM')} in alarm, ${count('OK')} OK, ${count('INSUFFICIENT_DATA')} with insufficient data` : undefined}
      items={alarms.data}
      loading={alarms.loading}
      error={alarms.error}
      reload={alarms.reload}
      trackBy={(a) => a.AlarmName!}
      pageSize={5}
      noFilter
      columns={[
        { id: 'name', header: 'Name', cell: (a) => <Go to={`/cloudwatch/alarms/${encodeURIComponent(a.AlarmName!)}`}>{a.AlarmName}</Go>, value: (a) => a.AlarmName, isRowHeader: true },
        { id: 'state', header: 'State', cell: (a) => <StatusIndicator type={types[a.StateValue ?? ''] ?? 'info'}>{names[a.StateValue ?? ''] ?? a.StateValue}</StatusIndicator>, value: (a) => order[a.StateValue ?? ''] },
        { id: 'since', header: 'Since', cell: (a) => <Time at={a.StateTransitionedTimestamp ?? a.StateUpdatedTimestamp} />, value: (a) => a.StateTransitionedTimestamp?.getTime() },
      ]}
      empty={{ hint: 'Nobody is told when something goes wrong.', action: <Go to="/cloudwatch/alarms/create/metric">Create alarm</Go> }}
    />
  );
}
