import assert from 'node:assert/strict';
import test from 'node:test';
import { jsonPlace } from '../ui/json-place.ts';
import { policyError, policySize, statementLines } from './policy-check.ts';
import { actionWarning, policyWarnings } from './policy-warnings.ts';

const policy = (...statements: unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2);
const good = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' };

test('a text stops being JSON where it does', () => {
  assert.equal(jsonPlace('{"a": [1, true, null, "x\\n", -1.5e3], "b": {}}'), undefined);
  assert.equal(jsonPlace('{"a": 1,}'), 8);
  assert.equal(jsonPlace('{"a": 1'), 7);
  assert.equal(jsonPlace('{a: 1}'), 1);
  assert.equal(jsonPlace('[1] x'), 4);
  assert.equal(jsonPlace(''), 0);
  assert.equal(jsonPlace('"a\nb"'), 2);
});

test('a policy that is well has nothing said of it', () => {
  assert.equal(policyError(policy(good, { ...good, Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })), undefined);
  assert.equal(policyError(JSON.stringify({ Version: '2012-10-17', Statement: good })), undefined);
  assert.equal(policyError('{"not JSON'), undefined);
});

test('what is wrong is said with the line of its statement', () => {
  for (const [statement, want] of [
    [{ ...good, Effect: undefined }, /^Line 9, statement 2: it has no Effect/],
    [{ ...good, Effect: 'Perhaps' }, /Effect must be Allow or Deny/],
    [{ ...good, Action: undefined }, /has no Action/],
    [{ ...good, Resource: undefined }, /has no Resource/],
    [{ ...good, Resorce: '*' }, /"Resorce" is not an element/],
    [{ ...good, Principal: '*' }, /has a Principal/],
    [{ ...good, NotAction: 'kms:*' }, /Action and NotAction/],
    [{ ...good, Action: 'Decrypt' }, /"Decrypt" must have the name of a service/],
    [{ ...good, Action: ['kms:Decrypt', 3] }, /Action must be a text/],
    [{ ...good, Sid: 'no spaces' }, /Sid has letters/],
    [{ ...good, Condition: 'x' }, /Condition must be an object/],
    ['x', /is not an object/],
  ] as const) {
    assert.match(policyError(policy(good, statement)) ?? '', want);
  }
  assert.match(policyError('{"Version": "2012-10-17",\n"Statemant": []}') ?? '', /^Line 2: "Statemant"/);
  assert.match(policyError(policy()) ?? '', /at least one/);
  assert.match(policyError('[]') ?? '', /is a JSON object/);
  assert.match(policyError(policy({ ...good, Sid: 'a' }, { ...good, Sid: 'a' })) ?? '', /already/);
  assert.match(policyError(policy(good), 'identity', 20) ?? '', /at most 20/);
  assert.equal(policySize(' {\n "a": 1}'), 7);
});

test('trust policies are about roles themselves', () => {
  const trust = { Effect: 'Allow', Principal: { Service: 'kms.amazonaws.com' }, Action: 'sts:AssumeRole' };
  assert.equal(policyError(policy(trust), 'trust'), undefined);
  assert.match(policyError(policy({ ...trust, Resource: '*' }), 'trust') ?? '', /no Resource/);
  assert.match(policyError(policy({ ...trust, Action: 'kms:Decrypt' }), 'trust') ?? '', /sts only/);
  assert.match(policyError(policy({ ...trust, Principal: { AWSS: 'x' } }), 'trust') ?? '', /type of principal/);
});

test('statements begin in their lines', () => {
  assert.deepEqual(statementLines('{"Id": "Statement",\n"Statement":\n[{"Condition": {"a": {}}},\n\n{"Action": ["x"]}]}'), [3, 5]);
  assert.deepEqual(statementLines('{\n"Statement": {\n"Effect": "Allow"}, "Id": {}}'), [2]);
});

test('slips are warned of', () => {
  assert.equal(actionWarning('kms:Decrypt'), undefined);
  assert.equal(actionWarning('KMS:re*'), undefined);
  assert.equal(actionWarning('*:*'), undefined);
  assert.equal(actionWarning('ec2:RunInstances'), undefined);
  assert.match(actionWarning('kms:Decrytp')!, /no action/);
  assert.match(actionWarning('s3:GetObject')!, /not served here/);
  assert.deepEqual(policyWarnings(policy(good, { ...good, Action: ['kms:*', 'kms:Nothing', 'kms:Nothing'] })).length, 1);
});
