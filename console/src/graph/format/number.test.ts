import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatExact, formatShort, formatValue } from './number.ts';

test('axes are short', () => {
  assert.deepEqual([0, 5, 999, 1000, 1500, 540000, 2e6, -2500, 0.25, 1e-5].map((v) => formatShort(v)), ['0', '5', '999', '1K', '1.5K', '540K', '2M', '-2.5K', '0.25', '1e-5']);
  assert.deepEqual([formatShort(250, 'Milliseconds'), formatShort(99.5, 'Percent'), formatShort(2048, 'Bytes'), formatShort(3, 'Count/Second')], ['250 ms', '99.5%', '2.048 KB', '3 /s']);
});

test('values are whole', () => {
  assert.deepEqual([formatValue(1234567), formatValue(1 / 3, 'Milliseconds'), formatValue(100, 'Percent'), formatValue(7, 'Count'), formatValue(9, 'Days')], ['1,234,567', '0.333333 ms', '100%', '7', '9 days']);
  assert.equal(formatExact(0.1 + 0.2), '0.3');
  assert.equal(formatExact(1 / 3), '0.333333333333333');
});
