// The configuration of an alarm, its actions, and the alarms above and below it.
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useClient } from '../../app/client';
import { useLoad } from '../../app/load';
import { periodText } from '../../graph';
import { Copy } from '../../ui/Copy';
import { Fields } from '../../ui/Field';
import { Go } from '../../ui/Go';
import { ResourceTable } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { topicPath } from '../../sns/names';
import { topicOf } from '../topics/check';
import { AlarmState } from './AlarmState';
import { alarmScreen, relatives, type Alarm } from './api';
import { states, type State } from './state';
import { queriesOf } from './spec';
import { actionsOf, conditionsOf, missingData, periodOf, stateNames, watchedOf } from './words';

export function AlarmDetails({ alarm }: { alarm: Alarm }) {
  const m = alarm.metric;
  const queries = m ? queriesOf(m) : [];
  const math = queries.length > 1 || queries[0]?.expression !== undefined;
  const only = queries[0];
  const of = m?.EvaluationPeriods ?? 1;
  return (
    <Container header={<Header variant="h2">Details</Header>}>
      <Fields
        items={[
          { label: 'Name', value: alarm.name },
          { label: 'Type', value: m ? (math ? 'Metric alarm on metric math' : 'Metric alarm') : 'Composite alarm' },
          { label: 'State', value: <AlarmState state={alarm.state} /> },
          { label: 'Reason for the state', value: alarm.reason || '–' },
          { label: 'Last state update', value: <Time at={alarm.updated} seconds /> },
          { label: 'Description', value: alarm.description || 'No description' },
          { label: m ? 'Threshold' : 'Rule', value: m ? conditionsOf(alarm) : <code>{conditionsOf(alarm)}</code> },
          { label: 'Actions', value: actionsOf(alarm) },
          m && !math && { label: 'Namespace', value: only.namespace },
          m && { label: math ? 'Watched expression' : 'Metric name', value: watchedOf(alarm) },
          ...(m && !math ? Object.entries(only.dimensions ?? {}).map(([label, value]) => ({ label, value })) : []),
          m && !math && { label: 'Statistic', value: only.stat },
          m && { label: 'Period', value: periodText(periodOf(alarm)) },
          m && { label: 'Datapoints to alarm', value: `${m.DatapointsToAlarm ?? of} out of ${of}` },
          m && { label: 'Missing data treatment', value: missingData.find((t) => t.value === (m.TreatMissingData ?? 'missing'))?.label },
          m?.ExtendedStatistic !== undefined && {
            label: 'Percentiles with low samples',
            value: m.EvaluateLowSampleCountPercentile === 'ignore' ? 'Ignore (maintain the alarm state)' : 'Evaluate',
          },
          !!alarm.composite?.ActionsSuppressor && {
            label: 'Actions suppressor',
            value: `${alarm.composite.ActionsSuppressor}, waits ${alarm.composite.ActionsSuppressorWaitPeriod ?? 0} s, extends ${alarm.composite.ActionsSuppressorExtensionPeriod ?? 0} s`,
          },
          { label: 'ARN', value: <Copy text={alarm.arn} name="ARN" /> },
        ]}
      />
      {math && (
        <Box padding={{ top: 'm' }}>
          <Box variant="awsui-key-label">Metrics and expressions</Box>
          {queries.map((q) => (
            <div key={q.id}>
              <code>{q.id}</code>: {q.expression !== undefined ? <code>{q.expression}</code> : `${q.namespace} ${q.metric} ${Object.entries(q.dimensions ?? {}).map(([n, v]) => `${n}=${v}`).join(' ')} (${q.stat})`}
              {q.label ? `, ${q.label}` : ''}
            </div>
          ))}
        </Box>
      )}
    </Container>
  );
}

interface Action {
  state: State;
  arn: string;
}

const isTopic = (arn: string) => arn.split(':')[2] === 'sns';

export function AlarmActionList({ alarm }: { alarm: Alarm }) {
  const items = states.flatMap((state) => alarm.actions[state].map((arn): Action => ({ state, arn })));
  return (
    <ResourceTable<Action>
      title="Actions"
      one="action"
      many="actions"
      description={items.length ? (alarm.actionsEnabled ? 'Actions are enabled.' : 'Actions are disabled: nobody is notified.') : undefined}
      items={items}
      noFilter
      trackBy={(a) => `${a.state} ${a.arn}`}
      columns={[
        { id: 'type', header: 'Type', cell: (a) => (isTopic(a.arn) ? 'Notification' : 'Other'), width: 140 },
        { id: 'state', header: 'When', cell: (a) => stateNames[a.state], width: 180 },
        { id: 'target', header: 'Sends to', cell: (a) => (isTopic(a.arn) ? <Go to={topicPath(a.arn)}>{topicOf(a.arn)}</Go> : a.arn), isRowHeader: true },
        { id: 'arn', header: 'ARN', cell: (a) => a.arn },
      ]}
      empty={{ hint: 'Edit the alarm to choose who is notified.' }}
    />
  );
}

/** Relatives lists the alarms that the rule of a composite alarm names, or the composite alarms above an alarm. */
export function Relatives({ alarm, children }: { alarm: Alarm; children: boolean }) {
  const client = useClient(CloudWatchClient);
  const of = children ? { ChildrenOfAlarmName: alarm.name } : { ParentsOfAlarmName: alarm.name };
  const { data, error, loading, reload } = useLoad((signal) => relatives(client, of, signal), [client, alarm.name, children]);
  return (
    <ResourceTable
      title={children ? 'Child alarms' : 'Parent alarms'}
      one="alarm"
      many="alarms"
      items={data}
      loading={loading}
      error={error}
      reload={reload}
      trackBy={(a) => a.name}
      columns={[
        { id: 'name', header: 'Name', cell: (a) => <Go to={alarmScreen(a.name)}>{a.name}</Go>, value: (a) => a.name, isRowHeader: true },
        // Of parents the API tells the names only.
        ...(children ? [{ id: 'state', header: 'State', cell: (a: { state: State }) => <AlarmState state={a.state} />, width: 200 }] : []),
      ]}
      empty={{ title: children ? 'No child alarms' : 'No parent alarms', hint: children ? 'The rule names no alarms.' : 'No composite alarm names this alarm in its rule.' }}
    />
  );
}
