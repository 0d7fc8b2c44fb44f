import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bandsOf } from './bands.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
const update = (minute: number, before: string, after: string) => ({
  Timestamp: at(minute),
  HistoryItemType: 'StateUpdate' as const,
  HistoryData: JSON.stringify({ version: '1.0', oldState: { stateValue: before }, newState: { stateValue: after } }),
});

test('without a change the state of now holds all the time', () => {
  assert.deepEqual(bandsOf([], 'OK', at(0), at(60)), [{ from: at(0), to: at(60), state: 'OK' }]);
});

test('changes end one band and begin the next', () => {
  assert.deepEqual(bandsOf([update(10, 'OK', 'ALARM'), update(30, 'ALARM', 'OK')], 'OK', at(0), at(60)), [
    { from: at(0), to: at(10), state: 'OK' },
    { from: at(10), to: at(30), state: 'ALARM' },
    { from: at(30), to: at(60), state: 'OK' },
  ]);
});

test('what came after the range says what the state was in it', () => {
  assert.deepEqual(bandsOf([update(90, 'ALARM', 'OK')], 'OK', at(0), at(60)), [{ from: at(0), to: at(60), state: 'ALARM' }]);
});

test('before it was made an alarm has no state', () => {
  const made = { Timestamp: at(20), HistoryItemType: 'ConfigurationUpdate' as const, HistoryData: JSON.stringify({ version: '1.0', type: 'Create' }) };
  assert.deepEqual(bandsOf([made, update(25, 'INSUFFICIENT_DATA', 'ALARM')], 'ALARM', at(0), at(60)), [
    { from: at(20), to: at(25), state: 'INSUFFICIENT_DATA' },
    { from: at(25), to: at(60), state: 'ALARM' },
  ]);
});

test('records that are no JSON are passed over', () => {
  assert.equal(bandsOf([{ Timestamp: at(5), HistoryItemType: 'StateUpdate', HistoryData: '<img>' }], 'OK', at(0), at(60)).length, 1);
});
