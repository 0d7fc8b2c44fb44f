// The graph of an alarm: its line, its threshold, and behind them the states that it was in.
import { CloudWatchClient, DescribeAlarmHistoryCommand } from '@aws-sdk/client-cloudwatch';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo } from 'react';
import { useClient } from '../../app/client';
import { now } from '../../app/clock';
import { everything, useLoad } from '../../app/load';
import { encodeRange, Graph, GraphRange, resolve, thresholdOf, type AlarmDraft, type GraphControls, type GraphSpec, type StateBand } from '../../graph';
import { ErrorNote } from '../../ui/ErrorNote';
import { Time } from '../../ui/Time';
import type { Alarm } from './api';
import { bandsOf } from './bands';
import { queriesOf } from './spec';
import { conditionsOf, stateNames, type Comparison } from './words';
import '../cloudwatch.css';

/** draftOf is the threshold of an alarm as graphs draw it. */
export const draftOf = (alarm: Alarm): AlarmDraft => ({ comparison: alarm.metric?.ComparisonOperator as Comparison | undefined, threshold: alarm.metric?.Threshold });

export function AlarmGraph({ alarm, controls }: { alarm: Alarm; controls: GraphControls }) {
  const client = useClient(CloudWatchClient);
  const range = encodeRange(controls.range);
  const bands = useLoad(
    async (signal) => {
      const { from, to } = resolve(controls.range, now());
      const items = await everything(async (NextToken) => {
        const page = await client.send(
          new DescribeAlarmHistoryCommand({ AlarmName: alarm.name, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], StartDate: from, ScanBy: 'TimestampAscending', MaxRecords: 100, NextToken }),
          { abortSignal: signal },
        );
        return { items: page.AlarmHistoryItems, next: page.NextToken };
      }, signal);
      return bandsOf(items, alarm.state, from, to < now() ? to : now());
    },
    [client, alarm.name, alarm.state, range, controls.turn],
  );
  const spec = useMemo<GraphSpec | undefined>(() => {
    if (!alarm.metric) return undefined;
    return { title: alarm.name, queries: queriesOf(alarm.metric), annotations: { horizontal: thresholdOf(draftOf(alarm)), bands: bands.data } };
  }, [alarm, bands.data]);
  return (
    <Container
      header={
        <SpaceBetween size="xs">
          <Header variant="h2" description={alarm.metric && conditionsOf(alarm)}>
            Graph
          </Header>
          <GraphRange controls={controls} />
        </SpaceBetween>
      }
    >
      {spec && <Graph spec={spec} controls={controls} heading="none" height={260} alarm={draftOf(alarm)} />}
      <ErrorNote error={bands.error} retry={bands.reload} header="The history of the states could not be read" />
      <StateBar bands={bands.data ?? []} controls={controls} />
    </Container>
  );
}

/** StateBar shows the states in a bar over the range, and says them in a list that can be read aloud. */
function StateBar({ bands, controls }: { bands: readonly StateBand[]; controls: GraphControls }) {
  const { from, to } = resolve(controls.range, now());
  const span = to.getTime() - from.getTime();
  const part = (b: StateBand) => `${(100 * (b.to.getTime() - b.from.getTime())) / span}%`;
  const changes = bands.length - 1;
  return (
    <Box padding={{ top: 's' }}>
      <div className="alarm-states" role="img" aria-label={`States: ${bands.map((b) => `${stateNames[b.state]} from ${b.from.toISOString()} to ${b.to.toISOString()}`).join('; ') || 'none'}`}>
        {bands.length > 0 && <i style={{ width: `${(100 * Math.max(0, bands[0].from.getTime() - from.getTime())) / span}%` }} />}
        {bands.map((b) => (
          <span key={b.from.getTime()} className={`alarm-state-${b.state}`} style={{ width: part(b) }} title={`${stateNames[b.state]}: ${b.from.toISOString()} – ${b.to.toISOString()}`} />
        ))}
      </div>
      <div className="alarm-legend">
        {(['ALARM', 'OK', 'INSUFFICIENT_DATA'] as const).map((s) => (
          <span key={s}>
            <i className={`alarm-state-${s}`} /> {stateNames[s]}
          </span>
        ))}
        <span>
          {changes > 0 ? `${changes} state change${changes === 1 ? '' : 's'} in this range, the last at ` : 'No state change in this range'}
          {changes > 0 && <Time at={bands[bands.length - 1].from} seconds />}
        </span>
      </div>
    </Box>
  );
}
