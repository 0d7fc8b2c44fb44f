// The key policy that the console makes, and the changes that its default view makes to it. The
// statements are known by their ids, as those of AWS's console are.
import { matches } from '../iam/wildcard.ts';

export interface Statement {
  Sid?: string;
  Effect?: string;
  Principal?: '*' | Record<string, string | string[]>;
  Action?: string | string[];
  Resource?: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
  [other: string]: unknown;
}

export interface Policy {
  Version?: string;
  Id?: string;
  Statement: Statement[];
  [other: string]: unknown;
}

/** Kind is what the console's statements depend on. */
export interface Kind {
  spec: string;
  usage: string;
  origin: string;
  multiRegion: boolean;
}

export interface Choice {
  /** ARNs of users and roles */
  administrators: readonly string[];
  deletion: boolean;
  users: readonly string[];
  /** account IDs, or ARNs of their principals */
  accounts: readonly string[];
}

export const policyId = 'key-consolepolicy-3';
export const sids = {
  root: 'Enable IAM User Permissions',
  administrators: 'Allow access for Key Administrators',
  use: 'Allow use of the key',
  grants: 'Allow attachment of persistent resources',
} as const;

const deletionActions = ['kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion'];

export const rootOf = (account: string, partition = 'aws') => `arn:${partition}:iam::${account}:root`;

/** administration lists what administrators may do with a key of a kind. */
export function administration(kind: Kind, deletion: boolean): string[] {
  const actions = ['Create*', 'Describe*', 'Enable*', 'List*', 'Put*', 'Update*', 'Revoke*', 'Disable*', 'Get*', 'Delete*', 'TagResource', 'UntagResource'].map((a) => `kms:${a}`);
  if (deletion) actions.push(...deletionActions);
  actions.push('kms:RotateKeyOnDemand');
  if (kind.origin === 'EXTERNAL') actions.push('kms:ImportKeyMaterial');
  if (kind.multiRegion) actions.push('kms:ReplicateKey', 'kms:UpdatePrimaryRegion');
  return actions;
}

/** usage lists what users of a key of a kind may do with it. */
export function usage(kind: Kind): string[] {
  const actions: Record<string, string[]> = {
    ENCRYPT_DECRYPT: kind.spec === 'SYMMETRIC_DEFAULT' ? ['Encrypt', 'Decrypt', 'ReEncrypt*', 'GenerateDataKey*', 'DescribeKey'] : ['Encrypt', 'Decrypt', 'ReEncrypt*', 'DescribeKey', 'GetPublicKey'],
    SIGN_VERIFY: ['DescribeKey', 'GetPublicKey', 'Sign', 'Verify'],
    GENERATE_VERIFY_MAC: ['DescribeKey', 'GenerateMac', 'VerifyMac'],
    KEY_AGREEMENT: ['DescribeKey', 'GetPublicKey', 'DeriveSharedSecret'],
    ENCAPSULATE_DECAPSULATE: ['DescribeKey', 'GetPublicKey', 'Encapsulate', 'Decapsulate'],
  };
  return (actions[kind.usage] ?? ['DescribeKey']).map((a) => `kms:${a}`);
}

const attaches = (kind: Kind) => kind.spec === 'SYMMETRIC_DEFAULT';

/** principal writes one principal as a text, several as a list. */
const principal = (arns: readonly string[]) => ({ AWS: arns.length === 1 ? arns[0] : [...arns] });

const accountPrincipal = (account: string) => (/^\d{12}$/.test(account) ? rootOf(account) : account);

/** makePolicy is the policy for a new key. */
export function makePolicy(account: string, kind: Kind, choice: Choice): Policy {
  const policy: Policy = {
    Version: '2012-10-17',
    Id: policyId,
    Statement: [{ Sid: sids.root, Effect: 'Allow', Principal: { AWS: rootOf(account) }, Action: 'kms:*', Resource: '*' }],
  };
  return setUsers(setAdministrators(policy, kind, choice.administrators, choice.deletion), kind, [...choice.users, ...choice.accounts.map(accountPrincipal)]);
}

export const policyText = (policy: Policy) => JSON.stringify(policy, null, 2);

/** readPolicy reads a text; undefined if it is no policy with a list of statements. */
export function readPolicy(text: string): Policy | undefined {
  try {
    const p = JSON.parse(text) as Policy;
    if (typeof p !== 'object' || p === null) return undefined;
    const list = Array.isArray(p.Statement) ? p.Statement : [p.Statement];
    return list.every((s) => typeof s === 'object' && s !== null) ? { ...p, Statement: list as Statement[] } : undefined;
  } catch {
    return undefined;
  }
}

const withSid = (p: Policy, sid: string) => p.Statement.find((s) => s.Sid === sid);

const list = (v: string | readonly string[] | undefined): string[] => (v === undefined ? [] : typeof v === 'string' ? [v] : [...v]);

function awsPrincipals(s: Statement | undefined): string[] {
  if (!s?.Principal) return [];
  return s.Principal === '*' ? ['*'] : list(s.Principal.AWS);
}

/** simple statements allow AWS principals something, without more to it that the default view would hide. */
const simple = (s: Statement | undefined) =>
  s === undefined || (s.Effect === 'Allow' && typeof s.Principal === 'object' && Object.keys(s.Principal).every((k) => k === 'AWS') && s.NotAction === undefined && s.NotPrincipal === undefined && (s.Sid === sids.grants || s.Condition === undefined));

/** namesDeletion says whether the box for deletion tells the truth: actions name it, or none of them covers it. */
const namesDeletion = (s: Statement | undefined) => !list(s?.Action).some((a) => /[*?]/.test(a) && deletionActions.some((d) => matches(a, d)));

/** hasDefaultView says whether the console can show a policy as lists of principals. */
export function hasDefaultView(p: Policy): boolean {
  const known = new Set<string>(Object.values(sids));
  const own = p.Statement.filter((s) => s.Sid !== undefined && known.has(s.Sid));
  return own.length > 0 && (p.Id?.startsWith('key-consolepolicy-') || own.some((s) => s.Sid !== sids.root)) === true && own.every(simple) && namesDeletion(withSid(p, sids.administrators)) && new Set(own.map((s) => s.Sid)).size === own.length;
}

/** furtherStatements counts the statements that the default view does not show. */
export const furtherStatements = (p: Policy) => p.Statement.filter((s) => !(Object.values(sids) as (string | undefined)[]).includes(s.Sid)).length;

/** view is what the default view shows of a policy. */
export function view(p: Policy, account: string): Choice {
  const users = awsPrincipals(withSid(p, sids.use));
  const foreign = (arn: string) => (/^\d{12}$/.test(arn) ? arn !== account : arn.startsWith('arn:') && arn.split(':')[4] !== account);
  const admin = withSid(p, sids.administrators);
  return {
    administrators: awsPrincipals(admin),
    deletion: deletionActions.every((a) => list(admin?.Action).some((own) => own.toLowerCase() === a.toLowerCase())),
    users: users.filter((u) => !foreign(u)),
    accounts: users.filter(foreign).map((arn) => (arn.endsWith(':root') ? arn.split(':')[4] : arn)),
  };
}

/** put replaces the statement with an id, keeps its place, or leaves it out if nobody is in it. */
function put(p: Policy, sid: string, principals: readonly string[], make: (before: Statement | undefined) => Statement): Policy {
  const before = withSid(p, sid);
  if (principals.length === 0) return { ...p, Statement: p.Statement.filter((s) => s !== before) };
  const next = { ...make(before), Principal: principal(principals) };
  return { ...p, Statement: before ? p.Statement.map((s) => (s === before ? next : s)) : [...p.Statement, next] };
}

/** setAdministrators says who administers the key, and whether they may delete it. */
export function setAdministrators(p: Policy, kind: Kind, arns: readonly string[], deletion: boolean): Policy {
  return put(p, sids.administrators, arns, (before) => {
    if (!before) return { Sid: sids.administrators, Effect: 'Allow', Principal: {}, Action: administration(kind, deletion), Resource: '*' };
    const kept = list(before.Action).filter((a) => !deletionActions.some((d) => d.toLowerCase() === a.toLowerCase()));
    return { ...before, Action: deletion ? [...kept, ...deletionActions] : kept };
  });
}

/** setUsers says who uses the key: users and roles, other accounts and their principals. */
export function setUsers(p: Policy, kind: Kind, principals: readonly string[]): Policy {
  const used = put(p, sids.use, principals, (before) => before ?? { Sid: sids.use, Effect: 'Allow', Principal: {}, Action: usage(kind), Resource: '*' });
  if (!attaches(kind) && !withSid(p, sids.grants)) return used;
  return put(
    used,
    sids.grants,
    principals,
    (before) =>
      before ?? {
        Sid: sids.grants,
        Effect: 'Allow',
        Principal: {},
        Action: ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'],
        Resource: '*',
        Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
      },
  );
}

/** setChoice changes a policy to what was chosen in the default view. */
export const setChoice = (p: Policy, kind: Kind, choice: Choice): Policy =>
  setUsers(setAdministrators(p, kind, choice.administrators, choice.deletion), kind, [...choice.users, ...choice.accounts.map(accountPrincipal)]);
