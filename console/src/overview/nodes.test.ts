import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListMetricsCommand, type CloudWatchClient, type GetMetricDataCommand, type GetMetricDataCommandInput, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { nodes, silentAfter } from './nodes.ts';

const now = new Date('2026-11-27T12:00:00Z');
const minute = 60_000;

interface Sample {
  node: string;
  ago: number; // ms
  ready: number;
  problems?: number;
}

interface Asked {
  from: number;
  queries: number;
  period?: number;
}

/** fake is CloudWatch with these newest samples, and what it was asked for. */
function fake(samples: readonly Sample[]) {
  const asked: Asked[] = [];
  const send = async (command: ListMetricsCommand | GetMetricDataCommand) => {
    if (command instanceof ListMetricsCommand) {
      return { Metrics: samples.map((s) => ({ Namespace: 'Keystead', MetricName: 'NodeReady', Dimensions: [{ Name: 'Host', Value: 'h' }, { Name: 'Node', Value: s.node }] })) };
    }
    const { StartTime, MetricDataQueries } = command.input as GetMetricDataCommandInput & { StartTime: Date; MetricDataQueries: MetricDataQuery[] };
    asked.push({ from: StartTime.getTime(), queries: MetricDataQueries.length, period: MetricDataQueries[0].MetricStat?.Period });
    return {
      MetricDataResults: MetricDataQueries.map(({ Id, MetricStat }) => {
        const s = samples.find((x) => MetricStat?.Metric?.Dimensions?.some((d) => d.Value === x.node))!;
        const at = now.getTime() - s.ago;
        const value = MetricStat?.Metric?.MetricName === 'NodeReady' ? s.ready : (s.problems ?? 0);
        return at < StartTime.getTime() ? { Id, Timestamps: [], Values: [] } : { Id, Timestamps: [new Date(at)], Values: [value] };
      }),
    };
  };
  return { client: { send } as unknown as CloudWatchClient, asked };
}

test('nodes that are ready, not ready, or have problems', async () => {
  const { client, asked } = fake([
    { node: 'a', ago: minute, ready: 1 },
    { node: 'b', ago: minute, ready: 0 },
    { node: 'c', ago: 2 * minute, ready: 1, problems: 2 },
  ]);
  const found = await nodes(client, now, new AbortController().signal);
  assert.deepEqual(found.map((n) => [n.name, n.host, n.ready, n.problems]), [['a', 'h', true, 0], ['b', 'h', false, 0], ['c', 'h', true, 2]]);
  assert.deepEqual(asked, [{ from: now.getTime() - 2 * silentAfter, queries: 6, period: 60 }]);
});

test('a silent node is looked for in the last day, one that is gone is left out', async () => {
  const { client, asked } = fake([
    { node: 'a', ago: minute, ready: 1 },
    { node: 'silent', ago: 3 * 60 * minute, ready: 1 },
    { node: 'gone', ago: 30 * 60 * minute, ready: 1 },
  ]);
  const found = await nodes(client, now, new AbortController().signal);
  assert.deepEqual(found.map((n) => n.name), ['a', 'silent']);
  assert.equal(now.getTime() - found[1].seen!.getTime(), 3 * 60 * minute);
  assert.deepEqual(asked[1], { from: now.getTime() - 24 * 60 * minute, queries: 4, period: 300 });
});

test('an account without nodes has none', async () => {
  assert.deepEqual(await nodes(fake([]).client, now, new AbortController().signal), []);
});
