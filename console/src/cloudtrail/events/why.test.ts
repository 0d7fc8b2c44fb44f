import assert from 'node:assert/strict';
import test from 'node:test';
import { simulatorPath, whyOf } from './why.ts';

const key = 'arn:aws:kms:us-east-1:111122223333:key/k1';
const record = (authorization: string, authorizationDetail?: string) => ({ resources: [{ ARN: key }], additionalEventData: { authorization, authorizationDetail } });

test('a call that a policy of the account allows, which the key leaves it to', () => {
  const why = whyOf(record('kms:Encrypt allowed by statement 2 ("Use") of inline policy p of user alice, which may decide by statement 1 ("Enable IAM User Permissions") of the key policy'));
  assert.deepEqual(why?.decisions, [
    {
      action: 'kms:Encrypt', allowed: true,
      statement: { number: 2, sid: 'Use', policy: 'inline policy p of user alice', path: '/iam/users/alice' },
      delegated: { number: 1, sid: 'Enable IAM User Permissions', policy: 'the key policy', path: '/kms/keys/k1' },
    },
  ]);
});

test('denials, grants, the root user, and more than one decision', () => {
  const why = whyOf(record('kms:ReEncryptFrom allowed by grant g1; kms:ReEncryptTo denied because no identity-based policy allows it', 'a\nb'));
  assert.deepEqual(why, {
    decisions: [{ action: 'kms:ReEncryptFrom', allowed: true, grant: 'g1', statement: undefined }, { action: 'kms:ReEncryptTo', allowed: false, lacking: 'identity-based policy' }],
    detail: ['a', 'b'],
  });
  assert.equal(whyOf(record('kms:ListKeys allowed to the root user'))?.decisions[0].root, true);
  const odd = whyOf(record('kms:Encrypt denied by statement 1 ("a; b") of the key policy'));
  assert.equal(odd?.decisions.length, 1);
  assert.equal(odd?.decisions[0].statement?.sid, 'a; b');
  assert.equal(whyOf({}), undefined);
});

test('the simulator is asked about who called', () => {
  const path = simulatorPath({ userIdentity: { type: 'IAMUser', arn: 'arn:aws:iam::111122223333:user/alice' }, eventSource: 'kms.amazonaws.com', eventName: 'Decrypt', resources: [{ ARN: key }] }, undefined);
  const q = new URLSearchParams(path!.split('?')[1]);
  assert.deepEqual(Object.fromEntries(q), { principal: 'arn:aws:iam::111122223333:user/alice', action: 'kms:Decrypt', resource: key });
  assert.equal(simulatorPath({ userIdentity: { type: 'Root' } }, undefined), undefined);
});
