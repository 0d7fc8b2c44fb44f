import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expiryErrors, momentOf } from './expiry.ts';

const now = new Date('2026-11-26T12:00:00Z');
const at = (date: string, time: string) => expiryErrors({ expires: true, date, time }, 'UTC', now);

test('a time of expiration', () => {
  assert.deepEqual(at('2026-11-26', '12:00:01'), {});
  assert.match(at('2026-11-26', '12:00')!.date!, /future/);
  assert.deepEqual(at('2027-11-26', '12:00:00'), {});
  assert.match(at('2027-11-26', '12:00:01')!.date!, /365 days/);
  assert.match(at('2027-1', '')!.date!, /YYYY/);
  assert.match(at('2027-01-01', '1')!.time!, /hh:mm/);
  assert.match(at('2026-13-40', '10:00')!.date!, /no such date/);
  assert.deepEqual(expiryErrors({ expires: false, date: '', time: '' }, 'UTC', now), {});
  assert.equal(momentOf({ expires: true, date: '2026-12-24', time: '18:30:05' }, 'UTC')!.toISOString(), '2026-12-24T18:30:05.000Z');
});
