import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matches } from './wildcard.ts';

test('patterns of actions', () => {
  const yes: [string, string][] = [
    ['*', 'kms:Decrypt'],
    ['kms:*', 'kms:Decrypt'],
    ['KMS:decrypt', 'kms:Decrypt'],
    ['kms:De*', 'kms:Decrypt'],
    ['kms:*crypt', 'kms:Decrypt'],
    ['kms:*c*t', 'kms:ReEncrypt'],
    ['kms:?ecrypt', 'kms:Decrypt'],
    ['kms:Decrypt**', 'kms:Decrypt'],
    ['', ''],
  ];
  const no: [string, string][] = [
    ['', 'kms:Decrypt'],
    ['kms:', 'kms:Decrypt'],
    ['kms:Decrypt?', 'kms:Decrypt'],
    ['kms.Decrypt', 'kms:Decrypt'],
    ['*Encrypt', 'kms:Decrypt'],
    ['kms:Decrypt', 'kms:Decrypt2'],
  ];
  for (const [p, t] of yes) assert.ok(matches(p, t), `${p} means ${t}`);
  for (const [p, t] of no) assert.ok(!matches(p, t), `${p} does not mean ${t}`);
});

test('a pattern that was made to take long does not', () => {
  assert.ok(!matches('*a'.repeat(10_000) + '!', 'a'.repeat(10_000)));
});
