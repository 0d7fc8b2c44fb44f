import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRule } from './rule.ts';
import type { State } from './state.ts';

const states: Record<string, State> = { a: 'ALARM', b: 'OK', 'c d': 'INSUFFICIENT_DATA' };
const is = (text: string) => parseRule(text).isTrue((n) => states[n]);

test('rules are true or false by the states of alarms', () => {
  for (const t of ['ALARM(a)', 'ALARM("a") AND OK(b)', 'NOT ALARM(b)', 'OK(a) OR OK(b) AND TRUE', 'INSUFFICIENT_DATA("c d")', '(ALARM(a) OR FALSE) AND NOT (OK(a))', 'AT_LEAST(1, ALARM, (a, b))', 'AT_LEAST(50%, NOT OK, (a, b))', 'true']) assert.equal(is(t), true, t);
  for (const t of ['OK(a)', 'ALARM(a) AND ALARM(b)', 'AT_LEAST(2, ALARM, (a, b))', 'NOT TRUE']) assert.equal(is(t), false, t);
});

test('the alarms of a rule are named once each', () => {
  assert.deepEqual(parseRule('ALARM(a) OR (OK(a) AND ALARM("c d"))').children, ['a', 'c d']);
});

test('what is no rule is told where', () => {
  for (const [text, place] of [['', 1], ['ALARM(', 7], ['ALARM(a) ALARM(b)', 10], ['ALARM("a', 8], ['WRONG(a)', 1], ['ALARM(a', 8], ['AT_LEAST(x, ALARM, (a))', 10], ['ALARM(a) AND', 13]] as const) {
    assert.throws(() => parseRule(text), new RegExp(`at character ${place}\\.`), text);
  }
});
