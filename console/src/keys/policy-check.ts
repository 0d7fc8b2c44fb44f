// What can be said of the text of a key policy before the service is asked.
import { policyError as checkPolicy } from '../iam/policy-check.ts';
import { matches } from '../iam/wildcard.ts';
import { readPolicy, rootOf, type Policy, type Statement } from './policy.ts';

/** policyLimit is how many bytes a key policy has at most. */
export const policyLimit = 32 * 1024;

/** policyError says what is wrong with a policy's text beside its JSON; undefined if nothing is known to be. */
export const policyError = (text: string) => checkPolicy(text, 'key');

const list = (v: unknown): string[] => (typeof v === 'string' ? [v] : Array.isArray(v) ? v.filter((x) => typeof x === 'string') : []);

/** covers says whether a statement is about putting key policies. */
const covers = (s: Statement) => (s.NotAction !== undefined ? !list(s.NotAction).some((a) => matches(a, 'kms:PutKeyPolicy')) : list(s.Action).some((a) => matches(a, 'kms:PutKeyPolicy')));

const names = (s: Statement, account: string, arn: string) => {
  const p = s.Principal;
  if (p === '*') return true;
  return list(p?.AWS).some((a) => a === '*' || a === account || a === rootOf(account) || a === arn);
};

/**
 * locksOut says whether a policy seems to leave the caller without the right to change it again,
 * which the service refuses unless told otherwise. The service decides; this warns before.
 */
export function locksOut(text: string, account: string, arn: string): boolean {
  const policy: Policy | undefined = readPolicy(text);
  if (!policy || policyError(text)) return false;
  const role = /^arn:(aws[\w-]*):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn);
  const isRole = (s: Statement) => role !== null && typeof s.Principal === 'object' && list(s.Principal.AWS).some((a) => a.startsWith(`arn:${role[1]}:iam::${role[2]}:role/`) && a.endsWith(`/${role[3]}`));
  const about = policy.Statement.filter((s) => covers(s) && (names(s, account, arn) || isRole(s)));
  return !about.some((s) => s.Effect === 'Allow') || about.some((s) => s.Effect === 'Deny' && s.Condition === undefined);
}
