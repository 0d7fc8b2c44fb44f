import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expressionError, idError, statisticError } from './check.ts';

test('statistics of all forms are taken', () => {
  for (const s of ['Average', 'Sum', 'p50', 'p99.9', 'p100', 'IQM', 'tm90', 'wm99.5', 'TM(10%:90%)', 'TM(:95%)', 'TS(80%:)', 'PR(100:2000)', 'PR(:300)', 'TC(150:)']) {
    assert.equal(statisticError(s), undefined, s);
  }
});

test('other statistics are refused with the reason', () => {
  for (const s of ['', 'average', 'p', 'p101', 'pr50', 'TM(90%:10%)', 'TM(:)', 'TM(10:90%)', 'PR(10%:90%)', 'TM(10%:120%)', 'p99;']) assert.ok(statisticError(s), s);
});

test('ids are checked', () => {
  assert.equal(idError('m1', []), undefined);
  for (const id of ['', 'M1', '1m', 'a-b']) assert.ok(idError(id, []), id);
  assert.match(idError('m1', [{ id: 'm1' }])!, /Another line/);
});

test('expressions name lines that there are', () => {
  const queries = [{ id: 'm1' }, { id: 'm2' }];
  for (const e of ['m1 / m2 * 100', "SEARCH('{AWS/KMS,KeyId} err', 'Sum')", 'SUM(METRICS())', 'IF(m1 > 5, 1, 0)', 'METRICS("m1")', '2e3 + m1']) assert.equal(expressionError(e, 'e1', queries), undefined, e);
  for (const e of ['', 'm1 + m9', 'SUM(m1', 'm1)', "SEARCH('a", 'e1 + 1']) assert.ok(expressionError(e, 'e1', queries), e);
});
