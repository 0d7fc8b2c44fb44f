import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromWidget, toWidget } from '../graph/spec/widget.ts';
import { exceptions, externalGraphs, recommended } from './graphs.ts';

const store = { id: 'cks-1234567890abcdef0', name: 'Example' };

test('the graphs are the five of the detail page, in its order', () => {
  const all = externalGraphs(store);
  assert.deepEqual(all.map((g) => g.spec.title), ['Total requests', 'Reliability', 'Latency', 'Top 5 exceptions', 'Certificate days to expire']);
  for (const { spec, alarmSpec } of all) {
    for (const q of [...spec.queries, ...alarmSpec.queries]) {
      assert.ok(q.expression && q.expression.length <= 2048, q.id);
      if (q.expression.includes('SEARCH')) assert.match(q.expression, /CustomKeyStoreId="cks-1234567890abcdef0"/);
    }
    assert.equal(alarmSpec.queries.filter((q) => q.visible !== false).length, 1, 'an alarm watches one line');
  }
});

test('only retryable errors lower the reliability', () => {
  const [, { spec }] = externalGraphs(store);
  assert.deepEqual(spec.queries.filter((q) => q.visible !== false).map((q) => q.expression), ['100*(1-retryable/total)']);
  assert.match(spec.queries[1].expression!, /ErrorType="Retryable"/);
});

test('the top exceptions are of all names but None', () => {
  const { spec } = externalGraphs(store)[3];
  assert.equal(spec.queries.length, exceptions.length + 1);
  assert.match(spec.queries.at(-1)!.expression!, /SORT\(.*SUM, DESC, 5\)/);
});

test('graphs follow the period, alarms have theirs', () => {
  for (const { spec } of externalGraphs(store)) for (const q of spec.queries) assert.doesNotMatch(q.expression!, /', \d+\)/);
  const { certificate, timeout, retryable, nonRetryable } = recommended(store);
  assert.deepEqual(
    [certificate, timeout, retryable, nonRetryable].map((r) => [r.alarm.comparison, r.alarm.threshold, r.alarm.period]),
    [
      ['LessThanThreshold', 10, 300],
      ['GreaterThanThreshold', 200, 300],
      ['GreaterThanThreshold', 5, 60],
      ['GreaterThanThreshold', 5, 60],
    ],
  );
});

test('dashboards keep the graphs as they are', () => {
  for (const { spec } of externalGraphs(store)) {
    const back = fromWidget(toWidget(spec, 'us-east-1'));
    assert.deepEqual(back.queries.map((q) => [q.id, q.expression, q.visible]), spec.queries.map((q) => [q.id, q.expression, q.visible]));
  }
});

test('an id can’t end a search', () => {
  const [{ spec }] = externalGraphs({ id: `x" OR 'y`, name: 'n' });
  assert.match(spec.queries[0].expression!, /CustomKeyStoreId="x OR y"/);
});
