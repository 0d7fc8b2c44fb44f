import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alarmPath, decodeAlarm, decodeSpec, encodeSpec, graphPath, rangeOf, thresholdOf } from './address.ts';
import type { GraphSpec } from './graph.ts';

const spec: GraphSpec = { title: 'A & B <i>', queries: [{ id: 'm1', namespace: 'App', metric: 'Calls', dimensions: { Host: 'a=b&c' } }], view: 'line', unit: 'Milliseconds' };
const queryOf = (path: string) => new URLSearchParams(path.slice(path.indexOf('?')));

test('a graph comes back from an address', () => {
  assert.deepEqual(decodeSpec(encodeSpec(spec)), spec);
  const range = { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-11-02T00:00:00Z') };
  const q = queryOf(graphPath(spec, range));
  assert.deepEqual(decodeSpec(q.get('graph')), spec);
  assert.deepEqual(rangeOf(q), range);
  assert.deepEqual(rangeOf(queryOf(graphPath(spec, { relative: '12h' }))), { relative: '12h' });
});

test('addresses that are none of a graph are told', () => {
  for (const bad of [null, '', '{', '[]', 'null', '{"metrics":5}']) assert.equal(decodeSpec(bad), undefined);
  for (const bad of ['', '3x', '0h', 'a~b', '2026-11-02T00:00:00Z~2026-11-01T00:00:00Z', 'a~b~c']) assert.equal(rangeOf(new URLSearchParams({ range: bad })), undefined);
});

test('the wizard of alarms gets what was recommended', () => {
  const draft = { comparison: 'LessThanThreshold', threshold: 10, period: 300, name: 'expiry', back: '/kms/external-stores/cks-1' } as const;
  const read = decodeAlarm(queryOf(alarmPath(spec, draft)));
  assert.deepEqual(read.spec, spec);
  assert.deepEqual(JSON.parse(JSON.stringify(read.draft)), draft);
  assert.deepEqual(thresholdOf(draft), [{ value: 10, color: '#d13212', fill: 'below' }]);
  assert.deepEqual(decodeAlarm(new URLSearchParams({ comparison: 'Evil', threshold: 'x' })).draft.comparison, undefined);
});
