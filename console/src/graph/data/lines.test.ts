import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entriesAt, gapped, lone, stackable, timesOf, valueAt, type Line } from './lines.ts';

const line = (key: string, period: number, points: [number, number][]): Line => ({ key, label: key, query: { id: key }, period, times: points.map((p) => p[0]), values: points.map((p) => p[1]) });
const a = line('a', 10, [[0, 1], [10_000, 2], [40_000, 3], [60_000, 4]]);

test('empty periods are gaps', () => {
  assert.deepEqual(gapped(a), [[0, 1], [10_000, 2], [20_000, null], [40_000, 3], [50_000, null], [60_000, 4]]);
  assert.deepEqual(lone(a), [[40_000, 3], [60_000, 4]]);
});

test('a value counts for its period', () => {
  assert.equal(valueAt(a, 19_999), 2);
  assert.equal(valueAt(a, 20_000), undefined);
  assert.equal(valueAt(a, -1), undefined);
  assert.equal(valueAt(a, 69_999), 4);
});

test('the pop-up has the highest first, and all others too', () => {
  const lines = [line('none', 10, []), line('low', 10, [[0, -5]]), line('high', 60, [[0, 7]]), line('zero', 10, [[0, 0]])];
  assert.deepEqual(entriesAt(lines, 0).map((e) => [e.line.key, e.value]), [['high', 7], ['zero', 0], ['low', -5], ['none', undefined]]);
});

test('what is stacked has the same times', () => {
  const b = line('b', 20, [[0, 10], [40_000, 20]]);
  const [first, second] = stackable([a, b]);
  assert.deepEqual(first.map((p) => p[0]), second.map((p) => p[0]));
  assert.deepEqual(second.map((p) => p[1]), [10, 10, null, 20, 20, null]);
  assert.deepEqual(timesOf([a, b]), [0, 10_000, 40_000, 60_000]);
});
