import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSearch } from './spec.ts';

test('an alarm watches what aggregates a search, not the search', () => {
  const several = ["SEARCH('{A,B} SUM(x)', 'Sum')", "SORT(SEARCH('{A}', 'Sum'), SUM, DESC)", "100 * search('{A}', 'Sum')", "SUM(SEARCH('{A}', 'Sum')) / SEARCH('{B}', 'Sum')", "(SEARCH('{A}', 'Sum'))"];
  const one = ["SUM(SEARCH('{A,B} MetricName=\"x(\"', 'Sum', 60))", "100*(1-MAX(REMOVE_EMPTY(SEARCH('{A}', 'Sum')))/m1)", 'm1 / m2', 'SUM(METRICS())', undefined];
  for (const expression of several) assert.ok(isSearch({ id: 'e1', expression }), expression);
  for (const expression of one) assert.ok(!isSearch({ id: 'e1', expression }), expression);
});
