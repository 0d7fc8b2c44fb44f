// What can be said of the text of a key policy before the service is asked.
import { readPolicy, rootOf, type Policy, type Statement } from './policy';

/** policyLimit is how many bytes a key policy has at most. */
export const policyLimit = 32 * 1024;

const topElements = new Set(['Version', 'Id', 'Statement']);
const elements = new Set(['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']);
const principalTypes = new Set(['AWS', 'Service', 'Federated', 'CanonicalUser']);

/** policyError says what is wrong with a policy's text beside its JSON; undefined if nothing is known to be. */
export function policyError(text: string): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined; // said by the editor, with the place
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return 'A key policy is a JSON object with the elements Version and Statement.';
  const unknown = Object.keys(json).find((k) => !topElements.has(k));
  if (unknown) return `${quoted(unknown)} is not an element of a policy. Its elements are Version, Id and Statement.`;
  const { Version, Statement } = json as { Version?: unknown; Statement?: unknown };
  if (Version !== undefined && Version !== '2012-10-17' && Version !== '2008-10-17') return 'Version must be 2012-10-17 or 2008-10-17.';
  if (Statement === undefined) return 'The policy has no Statement.';
  const list = Array.isArray(Statement) ? (Statement as unknown[]) : [Statement];
  if (list.length === 0) return 'The policy needs at least one statement.';
  for (const [i, s] of list.entries()) {
    const wrong = statementError(s);
    if (wrong) return `Statement ${i + 1}: ${wrong}`;
  }
  // eslint-disable-next-line no-control-regex
  if (/[^\t\n\r\u0020-\u00ff]/.test(text)) return 'A key policy has characters up to U+00FF, tabs and line ends only.';
  return undefined;
}

const quoted = (s: string) => `"${s}"`;

function statementError(s: unknown): string | undefined {
  if (typeof s !== 'object' || s === null || Array.isArray(s)) return 'it is not an object.';
  const unknown = Object.keys(s).find((k) => !elements.has(k));
  if (unknown) return `${quoted(unknown)} is not an element of a statement.`;
  const { Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource } = s as Record<string, unknown>;
  if (Effect !== 'Allow' && Effect !== 'Deny') return 'Effect must be Allow or Deny.';
  if (Principal === undefined && NotPrincipal === undefined) return 'it has no Principal. A key policy says in each statement to whom it applies.';
  if (Action === undefined && NotAction === undefined) return 'it has no Action.';
  if (Resource === undefined && NotResource === undefined) return 'it has no Resource. In a key policy, "*" is the key itself.';
  if (typeof Principal === 'string' && Principal !== '*') return 'Principal must be "*" or an object such as {"AWS": "arn:aws:iam::111122223333:root"}.';
  if (typeof Principal === 'object' && Principal !== null) {
    const type = Object.keys(Principal).find((k) => !principalTypes.has(k));
    if (type) return `${quoted(type)} is not a type of principal.`;
  }
  return undefined;
}

const list = (v: unknown): string[] => (typeof v === 'string' ? [v] : Array.isArray(v) ? v.filter((x) => typeof x === 'string') : []);

const matches = (pattern: string, action: string) => new RegExp(`^${pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 'i').test(action);

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
