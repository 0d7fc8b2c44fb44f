import assert from 'node:assert/strict';
import test from 'node:test';
import { locksOut, policyError } from './policy-check.ts';

const account = '111122223333';
const root = `arn:aws:iam::${account}:root`;
const ada = `arn:aws:iam::${account}:user/ada`;
const session = `arn:aws:sts::${account}:assumed-role/admins/ada`;
const text = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements.map((s) => ({ Effect: 'Allow', Action: 'kms:*', Resource: '*', ...s })) });

test('who may put a policy again is not locked out', () => {
  for (const [who, policy] of [
    [ada, text({ Principal: { AWS: root } })],
    [ada, text({ Principal: { AWS: account } })],
    [ada, text({ Principal: { AWS: [ada, 'AIDACKCEVSQ6C2EXAMPLE'] } })],
    [ada, text({ Principal: '*' })],
    [ada, text({ Principal: { AWS: '*' }, Action: ['kms:Get*', 'KMS:putkeypolicy'] })],
    [ada, text({ Principal: { AWS: ada }, Action: 'kms:Put*' })],
    [ada, text({ Principal: { AWS: ada }, Action: 'kms:PutKeyPolic?' })],
    [ada, text({ Principal: { AWS: ada }, Action: undefined, NotAction: ['kms:Decrypt'] })],
    [session, text({ Principal: { AWS: `arn:aws:iam::${account}:role/admins` } })],
    [session, text({ Principal: { AWS: `arn:aws:iam::${account}:role/with/path/admins` } })],
    [ada, text({ Principal: { AWS: root } }, { Effect: 'Deny', Principal: '*', Action: 'kms:ScheduleKeyDeletion' })],
    [ada, text({ Principal: { AWS: root } }, { Effect: 'Deny', Principal: '*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })],
  ]) {
    assert.equal(locksOut(policy, account, who), false, policy);
  }
});

test('who could not put a policy again is warned', () => {
  for (const [who, policy] of [
    [ada, text({ Principal: { AWS: `arn:aws:iam::${account}:user/ben` } })],
    [ada, text({ Principal: { AWS: 'arn:aws:iam::444455556666:root' } })],
    [ada, text({ Principal: { Service: 'logs.amazonaws.com' } })],
    [ada, text({ Principal: { AWS: root }, Action: 'kms:Get*' })],
    [ada, text({ Principal: { AWS: root }, Action: 'kms:PutKeyPolicyX' })],
    [ada, text({ Principal: { AWS: root }, Action: undefined, NotAction: 'kms:Put*' })],
    [ada, text({ Principal: { AWS: root } }, { Effect: 'Deny', Principal: { AWS: ada }, Action: 'kms:PutKeyPolicy' })],
    [ada, text({ Effect: 'Deny', Principal: { AWS: root } })],
    [session, text({ Principal: { AWS: `arn:aws:iam::${account}:role/others` } })],
    [session, text({ Principal: { AWS: 'arn:aws:iam::444455556666:role/admins' } })],
  ]) {
    assert.equal(locksOut(policy, account, who), true, policy);
  }
});

test('nothing is said of the lockout while the text is wrong otherwise', () => {
  assert.equal(locksOut('{', account, ada), false);
  assert.equal(locksOut('{"Version": "2012-10-17"}', account, ada), false);
  assert.equal(locksOut(text(), account, ada), false);
  const wrong = text({ Principal: { AWS: ada }, Action: 'kms:Get*', Effects: 'Allow' });
  assert.match(policyError(wrong)!, /"Effects" is not an element/);
  assert.equal(locksOut(wrong, account, ada), false);
});

test('a statement of a key policy has a principal', () => {
  assert.match(policyError(text({}))!, /statement 1: it has no Principal/);
  assert.equal(policyError(text({ Principal: { AWS: root } })), undefined);
});
