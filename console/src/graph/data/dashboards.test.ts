import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkName, withGraphs } from './dashboards.ts';

test('graphs come below what is there, and nothing else changes', () => {
  const before = { start: '-PT3H', other: { a: 1 }, widgets: [{ type: 'text', x: 0, y: 2, width: 24, height: 3, properties: { markdown: 'hi' } }, { type: 'custom', properties: { endpoint: 'x' }, y: 1 }] };
  const spec = (title: string) => ({ title, queries: [{ id: 'm1', namespace: 'A', metric: 'B' }] });
  const after = JSON.parse(withGraphs(JSON.stringify(before), ['one', 'two', 'three'].map(spec), 'us-east-1')) as typeof before;
  assert.deepEqual({ ...after, widgets: after.widgets.slice(0, 2) }, before);
  assert.deepEqual(after.widgets.slice(2).map((w) => [w.x, w.y, w.width]), [[0, 7, 12], [12, 7, 12], [0, 13, 12]]);
  assert.equal((JSON.parse(withGraphs(undefined, [spec('one')], 'us-east-1')) as typeof before).widgets[0].y, 0);
  assert.throws(() => withGraphs('no JSON', [], 'us-east-1'));
});

test('names of dashboards', () => {
  assert.equal(checkName('Stores_1-a', ['other']), undefined);
  for (const bad of ['', 'a b', 'ä', 'x'.repeat(256), 'other']) assert.ok(checkName(bad, ['other']), bad);
});
