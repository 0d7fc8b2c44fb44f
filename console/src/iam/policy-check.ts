// What can be said of the text of a policy before the service is asked: its elements, and those
// that are missing, with the line of the statement.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
import { jsonPlace, lineOf } from '../ui/json-place.ts';

/** Kind is what a policy belongs to; it decides which elements a statement must have, and must not. */
export type Kind = 'identity' | 'trust' | 'resource' | 'key';

const topElements = new Set(['Version', 'Id', 'Statement']);
const elements = new Set(['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition']);
const principalTypes = new Set(['AWS', 'Service', 'Federated', 'CanonicalUser']);
const named: Record<Kind, string> = { identity: 'policy', trust: 'trust policy', resource: 'policy', key: 'key policy' };

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v);
const quoted = (s: string) => `"${s}"`;
const listOf = (v: unknown): unknown[] => (Array.isArray(v) ? v : [v]);

/** strings are the values of an element that may be one text or a list of them. */
export const strings = (v: unknown): string[] => listOf(v).filter((x) => typeof x === 'string');

/** policySize is the size that quotas count: without white space. */
export const policySize = (text: string) => text.replace(/[ \t\n\r]/g, '').length;

/** statementsOf are the statements of a policy, valid or not; none if the text is no policy. */
export function statementsOf(text: string): unknown[] {
  try {
    const json = JSON.parse(text) as unknown;
    return isObject(json) && json.Statement !== undefined ? listOf(json.Statement) : [];
  } catch {
    return [];
  }
}

/** policyError says what is wrong with the text of a policy; undefined if nothing is known to be, or if it is no JSON, which its editor says. */
export function policyError(text: string, kind: Kind = 'identity', limit?: number): string | undefined {
  if (text.trim() === '' || jsonPlace(text) !== undefined) return undefined;
  const json = JSON.parse(text) as unknown;
  const article = `A ${named[kind]}`;
  if (!isObject(json)) return `${article} is a JSON object with the elements Version and Statement.`;
  const unknown = Object.keys(json).find((k) => !topElements.has(k));
  if (unknown) return `Line ${lineOfName(text, unknown)}: ${quoted(unknown)} is not an element of a policy. Its elements are Version, Id and Statement.`;
  if (json.Version !== undefined && json.Version !== '2012-10-17' && json.Version !== '2008-10-17') return 'Version must be 2012-10-17 or 2008-10-17.';
  if (kind === 'identity' && json.Version !== '2012-10-17') return 'Version must be 2012-10-17.';
  if (json.Statement === undefined) return 'The policy has no Statement.';
  const list = listOf(json.Statement);
  if (list.length === 0) return 'The policy needs at least one statement.';
  const lines = statementLines(text);
  const sids = new Set<string>();
  for (const [i, s] of list.entries()) {
    const wrong = statementError(s, kind) ?? (kind === 'identity' ? sidError(s, sids) : undefined);
    if (wrong) return `${lines[i] ? `Line ${lines[i]}, statement` : 'Statement'} ${i + 1}: ${wrong}`;
  }
  // eslint-disable-next-line no-control-regex
  if (/[^\t\n\r\u0020-\u00ff]/.test(text)) return `${article} has characters up to U+00FF, tabs and line ends only.`;
  if (limit && policySize(text) > limit) return `The policy has ${policySize(text)} characters without white space; at most ${limit} are taken.`;
  return undefined;
}

function sidError(s: unknown, seen: Set<string>): string | undefined {
  const { Sid } = s as { Sid?: unknown };
  if (Sid === undefined || Sid === '') return undefined;
  if (typeof Sid !== 'string' || !/^[0-9A-Za-z]*$/.test(Sid)) return 'Sid has letters and digits only.';
  if (seen.has(Sid)) return `there is a statement with the Sid ${quoted(Sid)} already.`;
  seen.add(Sid);
  return undefined;
}

function statementError(s: unknown, kind: Kind): string | undefined {
  if (!isObject(s)) return 'it is not an object.';
  const unknown = Object.keys(s).find((k) => !elements.has(k));
  if (unknown) return `${quoted(unknown)} is not an element of a statement.`;
  const { Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition } = s;
  if (Effect === undefined) return 'it has no Effect. Effect is Allow or Deny.';
  if (Effect !== 'Allow' && Effect !== 'Deny') return 'Effect must be Allow or Deny.';
  for (const name of ['Principal', 'Action', 'Resource']) {
    if (s[name] !== undefined && s[`Not${name}`] !== undefined) return `it has ${name} and Not${name}; it can have one of them.`;
  }
  const someone = Principal !== undefined || NotPrincipal !== undefined;
  if (kind === 'identity' && someone) return 'it has a Principal. The policy of a user, group or role applies to whom it is attached to.';
  if (kind === 'key' && !someone) return 'it has no Principal. A key policy says in each statement to whom it applies.';
  if (kind !== 'identity' && !someone) return 'it has no Principal. The policy says in each statement to whom it applies.';
  if (kind === 'trust' && NotPrincipal !== undefined) return 'a trust policy has no NotPrincipal.';
  if (Action === undefined && NotAction === undefined) return 'it has no Action.';
  if (kind === 'trust') {
    if (Resource !== undefined || NotResource !== undefined) return 'a trust policy has no Resource: it is about the role itself.';
    const other = strings(Action).find((a) => !/^sts:/i.test(a));
    if (NotAction !== undefined || other !== undefined) return 'a trust policy allows actions of sts only, such as sts:AssumeRole.';
  } else if (Resource === undefined && NotResource === undefined) {
    return kind === 'key' ? 'it has no Resource. In a key policy, "*" is the key itself.' : 'it has no Resource.';
  }
  return actionError(Action ?? NotAction) ?? textsError('Resource', Resource ?? NotResource) ?? principalError(Principal ?? NotPrincipal) ?? conditionError(Condition);
}

function textsError(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  return listOf(value).length > 0 && listOf(value).every((v) => typeof v === 'string') ? undefined : `${name} must be a text, or a list of texts.`;
}

function actionError(value: unknown): string | undefined {
  const wrong = strings(value).find((a) => a !== '*' && !/^[a-zA-Z0-9.-]+:[^:]+$/.test(a));
  return textsError('Action', value) ?? (wrong !== undefined ? `the action ${quoted(wrong)} must have the name of a service before it, such as kms:Decrypt.` : undefined);
}

function principalError(Principal: unknown): string | undefined {
  if (Principal === undefined || Principal === '*') return undefined;
  if (!isObject(Principal)) return 'Principal must be "*" or an object such as {"AWS": "arn:aws:iam::111122223333:root"}.';
  const type = Object.keys(Principal).find((k) => !principalTypes.has(k));
  return type ? `${quoted(type)} is not a type of principal.` : undefined;
}

function conditionError(Condition: unknown): string | undefined {
  if (Condition === undefined) return undefined;
  if (!isObject(Condition)) return 'Condition must be an object, such as {"StringEquals": {"aws:username": "alice"}}.';
  const wrong = Object.entries(Condition).find(([, v]) => !isObject(v));
  return wrong ? `the condition ${quoted(wrong[0])} must be an object of condition keys with their values.` : undefined;
}

const lineOfName = (text: string, name: string) => lineOf(text, Math.max(0, text.indexOf(JSON.stringify(name))));

/** statementLines are the lines in which the statements of a policy begin; the text must be JSON. */
export function statementLines(text: string): number[] {
  const lines: number[] = [];
  let depth = 0;
  let inside = 0; // the depth of the statements' braces, once their element has begun
  for (const m of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    const t = m[0];
    if (t[0] === '"') {
      if (m[1] && depth === 1) inside = t.startsWith('"Statement"') ? 2 : 0;
    } else if (t === '{' || t === '[') {
      depth++;
      if (t === '[' && inside === 2 && depth === 2) inside = 3;
      else if (t === '{' && inside === depth) lines.push(lineOf(text, m.index));
    } else {
      depth--;
    }
  }
  return lines;
}
