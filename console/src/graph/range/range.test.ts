import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsOf, timeOf } from '../format/time.ts';
import { checkAbsolute, checkRelative } from './custom.ts';
import { aligned, leastPeriod, periodText } from './period.ts';
import { nameOf, resolve } from './range.ts';

const now = new Date('2026-11-26T12:00:00Z');
const fields = { fromDate: '2026-11-25', fromTime: '01:02:03', toDate: '2026-11-26', toTime: '00:00:00' };

test('relative ranges', () => {
  assert.deepEqual(resolve({ relative: '3h' }, now), { from: new Date('2026-11-26T09:00:00Z'), to: now });
  assert.equal(nameOf('1w'), '1 week');
  assert.equal(nameOf('12h'), '12 hours');
  assert.deepEqual(checkRelative({ amount: '90', unit: 'm' }).range, { relative: '90m' });
  for (const amount of ['', '0', '1.5', '-1', 'x']) assert.ok(checkRelative({ amount, unit: 'h' }).faults.amount, amount);
  assert.ok(checkRelative({ amount: '66', unit: 'w' }).faults.amount);
});

test('absolute ranges say what is wrong beside the field', () => {
  assert.deepEqual(checkAbsolute(fields, 'UTC', now).range, { from: new Date('2026-11-25T01:02:03Z'), to: new Date('2026-11-26T00:00:00Z') });
  const faults = (f: Partial<typeof fields>) => Object.keys(checkAbsolute({ ...fields, ...f }, 'UTC', now).faults);
  assert.deepEqual(faults({ fromDate: '' }), ['fromDate']);
  assert.deepEqual(faults({ fromDate: '2026-02-30' }), ['fromDate']);
  assert.deepEqual(faults({ toTime: '25:00:00', fromTime: '1' }), ['fromTime', 'toTime']);
  assert.deepEqual(faults({ toDate: '2026-11-24' }), ['toDate']);
  assert.deepEqual(faults({ toDate: '2026-11-25', toTime: '01:02:03' }), ['toTime']);
  assert.deepEqual(faults({ fromDate: '2025-08-01' }), ['fromDate']);
  assert.deepEqual(faults({ fromDate: '2026-12-01', toDate: '2026-12-02' }), ['fromDate']);
});

test('times come back from fields in both zones', () => {
  for (const zone of ['UTC', 'local'] as const) assert.deepEqual(timeOf(partsOf(now, zone), zone), now);
  assert.deepEqual(timeOf({ date: '2026-11-26', time: '00:00' }, 'local'), new Date(2026, 10, 26));
});

test('periods', () => {
  const ago = (hours: number) => new Date(now.getTime() - hours * 3600_000);
  assert.deepEqual([1, 3, 4, 24 * 15, 24 * 16, 24 * 63, 24 * 64].map((h) => leastPeriod(ago(h), now)), [1, 1, 60, 60, 300, 300, 3600]);
  assert.deepEqual(aligned(new Date('2026-11-26T09:01:00Z'), new Date('2026-11-26T11:59:00Z'), 300), { from: new Date('2026-11-26T09:00:00Z'), to: now });
  assert.deepEqual([1, 300, 2592000, 120, 7200].map(periodText), ['1 second', '5 minutes', '30 days', '2 minutes', '2 hours']);
});
