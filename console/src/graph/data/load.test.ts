import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CloudWatchClient, GetMetricDataCommandInput, MetricDataResult } from '@aws-sdk/client-cloudwatch';
import type { GraphSpec } from '../spec/graph.ts';
import { load, withPeriod } from './load.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 26, 12, minute));

/** server answers pages, and keeps what it was asked for. */
function server(pages: MetricDataResult[][]) {
  const asked: GetMetricDataCommandInput[] = [];
  const client = {
    send: (command: { input: GetMetricDataCommandInput }) => {
      asked.push(command.input);
      const NextToken = asked.length < pages.length ? `page${asked.length}` : undefined;
      return Promise.resolve({ MetricDataResults: pages[asked.length - 1], NextToken, Messages: [{ Value: 'Maximum number of allowed metrics exceeded' }] });
    },
  } as unknown as CloudWatchClient;
  return { client, asked };
}

const spec: GraphSpec = {
  queries: [
    { id: 'm1', namespace: 'App', metric: 'Calls', dimensions: { Host: 'a' }, visible: false, stat: 'Sum' },
    { id: 'e1', expression: "SEARCH('{App,Host} Calls', 'Sum', 300)" },
  ],
};
const result = (Id: string, Label: string, minutes: number[], StatusCode: 'Complete' | 'PartialData' = 'Complete'): MetricDataResult => ({
  Id,
  Label,
  StatusCode,
  Timestamps: minutes.map(at),
  Values: minutes,
});

test('a line that goes on on the next page is one line', async () => {
  const { client, asked } = server([
    [result('e1', 'a', [0, 5]), result('e1', 'b', [0], 'PartialData')],
    [result('e1', 'b', [5, 10]), result('e1', 'b', [15])],
  ]);
  const answer = await load(client, spec, { from: at(2), to: at(28), now: at(28) });
  assert.deepEqual(answer.lines.map((l) => [l.key, l.values]), [['e1/a', [0, 5]], ['e1/b', [0, 5, 10]], ['e1/b/1', [15]]]);
  assert.deepEqual(asked.map((a) => a.NextToken), [undefined, 'page1']);
  assert.deepEqual(answer.messages, ['Maximum number of allowed metrics exceeded']);
  assert.deepEqual([asked[0].StartTime, asked[0].EndTime], [at(0), at(30)]);
  assert.deepEqual(asked[0].MetricDataQueries![0], {
    Id: 'm1', Label: undefined, ReturnData: false,
    MetricStat: { Metric: { Namespace: 'App', MetricName: 'Calls', Dimensions: [{ Name: 'Host', Value: 'a' }] }, Stat: 'Sum', Period: 300 },
  });
});

test('the period of the view replaces all others', async () => {
  const { client, asked } = server([[]]);
  const answer = await load(client, spec, { from: at(2), to: at(28), now: at(28), period: 1 });
  assert.equal(answer.period, 1);
  assert.equal(asked[0].MetricDataQueries![0].MetricStat!.Period, 1);
  assert.equal(asked[0].MetricDataQueries![1].Expression, "SEARCH('{App,Host} Calls', 'Sum', 1)");
});

test('periods are no finer than what is kept', async () => {
  const days = (n: number) => new Date(at(0).getTime() - n * 86400_000);
  for (const [age, period] of [[1, 60], [20, 300], [100, 3600]]) {
    const { client } = server([[]]);
    assert.equal((await load(client, spec, { from: days(age), to: at(0), now: at(0), period: 1 })).period, period);
  }
});

test('only the periods of searches are replaced', () => {
  assert.equal(withPeriod(`SUM(SEARCH('{A,B} "x, 5"', 'Sum', 60)) * 300`, 10), `SUM(SEARCH('{A,B} "x, 5"', 'Sum', 10)) * 300`);
  assert.equal(withPeriod("SEARCH('{A}', 'Sum')", 10), "SEARCH('{A}', 'Sum')");
});
