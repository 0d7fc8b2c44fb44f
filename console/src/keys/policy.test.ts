import assert from 'node:assert/strict';
import test from 'node:test';
import { furtherStatements, hasDefaultView, makePolicy, policyText, readPolicy, setAdministrators, setChoice, setUsers, sids, view, type Choice, type Kind, type Policy, type Statement } from './policy.ts';

const account = '111122223333';
const symmetric: Kind = { spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT', origin: 'AWS_KMS', multiRegion: false };
const signing: Kind = { ...symmetric, spec: 'ECC_NIST_P256', usage: 'SIGN_VERIFY' };
const nobody: Choice = { administrators: [], deletion: true, users: [], accounts: [] };
const user = (name: string, of = account) => `arn:aws:iam::${of}:user/${name}`;
const rootStatement = { Sid: sids.root, Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' };
const statement = (p: Policy, sid: string) => p.Statement.find((s) => s.Sid === sid);
const actions = (p: Policy, sid: string) => statement(p, sid)?.Action as string[] | undefined;

test('a policy for nobody leaves the key to the policies of IAM', () => {
  assert.deepEqual(makePolicy(account, symmetric, nobody), { Version: '2012-10-17', Id: 'key-consolepolicy-3', Statement: [rootStatement] });
});

test('administrators and users have the statements of AWS’s console, in its order', () => {
  const policy = makePolicy(account, symmetric, { administrators: [user('ada')], deletion: true, users: [user('ben'), user('team/cy')], accounts: ['444455556666', user('dora', '444455556666')] });
  assert.deepEqual(policy.Statement, [
    rootStatement,
    {
      Sid: 'Allow access for Key Administrators',
      Effect: 'Allow',
      Principal: { AWS: user('ada') },
      Action: [
        'kms:Create*', 'kms:Describe*', 'kms:Enable*', 'kms:List*', 'kms:Put*', 'kms:Update*', 'kms:Revoke*', 'kms:Disable*', 'kms:Get*', 'kms:Delete*', 'kms:TagResource', 'kms:UntagResource',
        'kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion', 'kms:RotateKeyOnDemand',
      ],
      Resource: '*',
    },
    {
      Sid: 'Allow use of the key',
      Effect: 'Allow',
      Principal: { AWS: [user('ben'), user('team/cy'), 'arn:aws:iam::444455556666:root', user('dora', '444455556666')] },
      Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
      Resource: '*',
    },
    {
      Sid: 'Allow attachment of persistent resources',
      Effect: 'Allow',
      Principal: { AWS: [user('ben'), user('team/cy'), 'arn:aws:iam::444455556666:root', user('dora', '444455556666')] },
      Action: ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'],
      Resource: '*',
      Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    },
  ]);
});

test('what is permitted depends on what the key is', () => {
  const some: Choice = { administrators: [user('ada')], deletion: false, users: [user('ben')], accounts: [] };
  assert.ok(!actions(makePolicy(account, symmetric, some), sids.administrators)!.some((a) => a.endsWith('KeyDeletion')));
  const imported = actions(makePolicy(account, { ...symmetric, origin: 'EXTERNAL', multiRegion: true }, some), sids.administrators)!;
  assert.deepEqual(imported.slice(-3), ['kms:ImportKeyMaterial', 'kms:ReplicateKey', 'kms:UpdatePrimaryRegion']);
  for (const [kind, use] of [
    [signing, ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:Sign', 'kms:Verify']],
    [{ ...symmetric, spec: 'RSA_2048' }, ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:DescribeKey', 'kms:GetPublicKey']],
    [{ ...symmetric, spec: 'HMAC_256', usage: 'GENERATE_VERIFY_MAC' }, ['kms:DescribeKey', 'kms:GenerateMac', 'kms:VerifyMac']],
    [{ ...signing, usage: 'KEY_AGREEMENT' }, ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:DeriveSharedSecret']],
    [{ ...signing, usage: 'A_NEW_USAGE' }, ['kms:DescribeKey']],
  ] as const) {
    const policy = makePolicy(account, kind, some);
    assert.deepEqual(actions(policy, sids.use), use, kind.usage);
    assert.equal(statement(policy, sids.grants), undefined, `grants for resources of AWS need a symmetric key, not ${kind.spec}`);
  }
});

test('what was chosen is read back from the policy', () => {
  for (const deletion of [true, false]) {
    const choice: Choice = { administrators: [user('ada'), `arn:aws:iam::${account}:role/admins`], deletion, users: [user('ben')], accounts: ['444455556666', user('dora', '444455556666')] };
    const policy = readPolicy(policyText(makePolicy(account, symmetric, choice)))!;
    assert.ok(hasDefaultView(policy));
    assert.equal(furtherStatements(policy), 0);
    assert.deepEqual(view(policy, account), choice);
  }
});

test('accounts are known in each of their forms, and principals that were deleted stay users', () => {
  const policy = setUsers(makePolicy(account, symmetric, nobody), symmetric, ['444455556666', 'arn:aws:iam::555566667777:root', account, 'AIDACKCEVSQ6C2EXAMPLE']);
  assert.deepEqual([view(policy, account).accounts, view(policy, account).users], [['444455556666', '555566667777'], [account, 'AIDACKCEVSQ6C2EXAMPLE']]);
});

test('statements and elements that the console does not know are kept as they are, where they are', () => {
  const own: Statement[] = [
    { Sid: 'first', Effect: 'Deny', Principal: '*', NotAction: 'kms:Get*', Resource: '*', Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } } },
    { Effect: 'Allow', Principal: { Service: 'logs.amazonaws.com' }, Action: ['kms:Encrypt'], Resource: '*' },
  ];
  const made = makePolicy(account, symmetric, { ...nobody, administrators: [user('ada')], users: [user('ben')] });
  const [root, admin, use, grants] = made.Statement;
  const before: Policy = { ...made, Statement: [own[0], root, admin, own[1], { ...use, Action: ['kms:Decrypt'], Extra: 'kept' }, grants] };
  assert.equal(furtherStatements(before), 2);
  const after = setChoice(before, symmetric, { administrators: [user('ada'), user('eve')], deletion: true, users: [user('cy')], accounts: [] });
  assert.deepEqual(after.Statement, [
    own[0],
    root,
    { ...admin, Principal: { AWS: [user('ada'), user('eve')] }, Action: [...(admin.Action as string[]).filter((a) => !a.endsWith('KeyDeletion')), 'kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion'] },
    own[1],
    { ...use, Principal: { AWS: user('cy') }, Action: ['kms:Decrypt'], Extra: 'kept' },
    { ...grants, Principal: { AWS: user('cy') } },
  ]);
  assert.deepEqual(setChoice(after, symmetric, nobody).Statement, [own[0], root, own[1]]);
  assert.deepEqual([after.Id, after.Version], [before.Id, before.Version]);
});

test('administrators may delete the key, or no longer, without a change of what else they may', () => {
  const policy = makePolicy(account, symmetric, { ...nobody, administrators: [user('ada')] });
  const less = setAdministrators(policy, symmetric, [user('ada')], false);
  assert.deepEqual(actions(less, sids.administrators), actions(policy, sids.administrators)!.filter((a) => !a.endsWith('KeyDeletion')));
  assert.equal(view(less, account).deletion, false);
  assert.equal(view(setAdministrators(less, symmetric, [user('ada')], true), account).deletion, true);
});

test('a policy that lists of principals would tell wrongly has no default view', () => {
  const made = makePolicy(account, symmetric, { ...nobody, administrators: [user('ada')] });
  const [root, admin] = made.Statement;
  const having = (...statements: Statement[]): Policy => ({ ...made, Statement: statements });
  assert.ok(hasDefaultView(made));
  for (const [why, policy] of [
    ['another Id, and the statement for IAM alone', { ...having(root), Id: 'key-default-1' }],
    ['none of the console’s statements', having({ ...admin, Sid: 'mine' })],
    ['a Deny', having(root, { ...admin, Effect: 'Deny' })],
    ['a condition', having(root, { ...admin, Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } })],
    ['everybody', having(root, { ...admin, Principal: '*' })],
    ['a service', having(root, { ...admin, Principal: { AWS: user('ada'), Service: 'logs.amazonaws.com' } })],
    ['all but some actions', having(root, { ...admin, Action: undefined, NotAction: 'kms:Decrypt' })],
    ['a statement twice', having(root, admin, admin)],
    ['a pattern that permits deletion beside the box for it', having(root, { ...admin, Action: 'kms:*' })],
  ] as const) {
    assert.equal(hasDefaultView(policy), false, why);
  }
});

test('a text is a policy if it has statements', () => {
  assert.deepEqual(readPolicy(JSON.stringify({ Statement: rootStatement }))?.Statement, [rootStatement]);
  for (const text of ['', 'null', '3', '{}', '{"Statement": ["x"]}', '{"Statement": [null]}', '{ "Statement": [,] }']) assert.equal(readPolicy(text), undefined, text);
});
