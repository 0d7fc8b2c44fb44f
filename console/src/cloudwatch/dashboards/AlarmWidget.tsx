// The states of some alarms.
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import Box from '@cloudscape-design/components/box';
import { useClient } from '../../app/client';
import { useLoad } from '../../app/load';
import { ErrorNote } from '../../ui/ErrorNote';
import { Loading } from '../../ui/Field';
import { Go } from '../../ui/Go';
import { alarmScreen } from '../alarms/api';
import { AlarmState } from '../alarms/AlarmState';
import type { State } from '../alarms/state';

/** alarmsOf are the ARNs of a widget's alarms. */
export const alarmsOf = (properties: Record<string, unknown>): string[] => (Array.isArray(properties.alarms) ? properties.alarms.filter((a) => typeof a === 'string') : []);

const nameOf = (arn: string) => (arn.startsWith('arn:') ? arn.split(':').slice(6).join(':') : arn);

export function AlarmWidget({ arns, turn }: { arns: readonly string[]; turn: number }) {
  const client = useClient(CloudWatchClient);
  const names = arns.map(nameOf);
  const { data, error, reload } = useLoad(
    names.length
      ? async (signal) => {
          const page = await client.send(new DescribeAlarmsCommand({ AlarmNames: names.slice(0, 100), AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], MaxRecords: 100 }), { abortSignal: signal });
          return new Map([...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])].map((a) => [a.AlarmName ?? '', a.StateValue as State]));
        }
      : undefined,
    [client, names.join('\n'), turn],
  );
  if (error && !data) return <ErrorNote error={error} retry={reload} />;
  if (!names.length) return <Box color="text-body-secondary">This widget has no alarms. Edit it to choose some.</Box>;
  if (!data) return <Loading />;
  return (
    <ul className="widget-alarms">
      {names.map((n) => (
        <li key={n}>
          <Go to={alarmScreen(n)}>{n}</Go>
          {data.has(n) ? <AlarmState state={data.get(n)!} /> : <Box color="text-body-secondary">No such alarm</Box>}
        </li>
      ))}
    </ul>
  );
}
