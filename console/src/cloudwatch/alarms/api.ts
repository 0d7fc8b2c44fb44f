// Alarms of both kinds in one shape.
import { DeleteAlarmsCommand, DescribeAlarmsCommand, type CloudWatchClient, type CompositeAlarm, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { everything } from '../../app/load';
import type { State } from './state';

/** An alarm: metric or composite is the alarm as the API has it. */
export interface Alarm {
  name: string;
  arn: string;
  state: State;
  reason: string;
  updated?: Date;
  description: string;
  actionsEnabled: boolean;
  actions: Record<State, readonly string[]>;
  metric?: MetricAlarm;
  composite?: CompositeAlarm;
}

function common(a: MetricAlarm | CompositeAlarm): Omit<Alarm, 'metric' | 'composite'> {
  return {
    name: a.AlarmName ?? '',
    arn: a.AlarmArn ?? '',
    state: (a.StateValue as State | undefined) ?? 'INSUFFICIENT_DATA',
    reason: a.StateReason ?? '',
    updated: a.StateTransitionedTimestamp ?? a.StateUpdatedTimestamp,
    description: a.AlarmDescription ?? '',
    actionsEnabled: a.ActionsEnabled !== false,
    actions: { ALARM: a.AlarmActions ?? [], OK: a.OKActions ?? [], INSUFFICIENT_DATA: a.InsufficientDataActions ?? [] },
  };
}

interface Page {
  MetricAlarms?: MetricAlarm[];
  CompositeAlarms?: CompositeAlarm[];
}

const read = (p: Page): Alarm[] => [
  ...(p.CompositeAlarms ?? []).map((composite) => ({ ...common(composite), composite })),
  ...(p.MetricAlarms ?? []).map((metric) => ({ ...common(metric), metric })),
];

const both = ['MetricAlarm', 'CompositeAlarm'] as const;

/** allAlarms are the alarms of this Region. */
export const allAlarms = (client: CloudWatchClient, signal?: AbortSignal) =>
  everything(async (NextToken) => {
    const page = await client.send(new DescribeAlarmsCommand({ AlarmTypes: [...both], MaxRecords: 100, NextToken }), { abortSignal: signal });
    return { items: read(page), next: page.NextToken };
  }, signal);

/** alarmNamed is the alarm of a name; undefined if there is none. */
export async function alarmNamed(client: CloudWatchClient, name: string, signal?: AbortSignal): Promise<Alarm | undefined> {
  const page = await client.send(new DescribeAlarmsCommand({ AlarmNames: [name], AlarmTypes: [...both] }), { abortSignal: signal });
  return read(page).find((a) => a.name === name);
}

interface Relative {
  name: string;
  state: State;
}

/** relatives are the alarms that a composite alarm's rule names, or the composite alarms whose rules name an alarm. */
export const relatives = (client: CloudWatchClient, of: { ChildrenOfAlarmName: string } | { ParentsOfAlarmName: string }, signal?: AbortSignal) =>
  everything<Relative>(async (NextToken) => {
    const page = await client.send(new DescribeAlarmsCommand({ ...of, MaxRecords: 100, NextToken }), { abortSignal: signal });
    return { items: read(page).map(({ name, state }) => ({ name, state })), next: page.NextToken };
  }, signal);

/** deleteAlarms deletes composite alarms first, one by one as CloudWatch wants it, then the others. */
export async function deleteAlarms(client: CloudWatchClient, alarms: readonly Alarm[]) {
  let result;
  for (const a of alarms.filter((a) => a.composite)) result = await client.send(new DeleteAlarmsCommand({ AlarmNames: [a.name] }));
  const rest = alarms.filter((a) => !a.composite).map((a) => a.name);
  for (let i = 0; i < rest.length; i += 100) result = await client.send(new DeleteAlarmsCommand({ AlarmNames: rest.slice(i, i + 100) }));
  return result;
}

/** alarmScreen is the screen of an alarm. */
export const alarmScreen = (name: string) => `/cloudwatch/alarms/${encodeURIComponent(name)}`;
