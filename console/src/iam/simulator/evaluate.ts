// What the simulator is asked, and the documents that its answers point into.
import {
  GetContextKeysForCustomPolicyCommand, GetContextKeysForPrincipalPolicyCommand, GetPolicyCommand, GetPolicyVersionCommand, GetUserCommand, GetGroupCommand, GetRoleCommand, SimulateCustomPolicyCommand,
  SimulatePrincipalPolicyCommand, type ContextEntry, type ContextKeyTypeEnum, type EvaluationResult, type IAMClient, type Position, type Statement,
} from '@aws-sdk/client-iam';
import { all, groupsOf, holderOf } from '../lists';
import { decoded, lastOf, type HolderKind } from '../names';

export interface Entry {
  name: string;
  type: ContextKeyTypeEnum;
  value: string;
}

export const entryTypes: ContextKeyTypeEnum[] = [
  'string', 'stringList', 'numeric', 'numericList', 'boolean', 'booleanList', 'ip', 'ipList', 'date', 'dateList', 'binary', 'binaryList',
];

export interface Asked {
  mode: 'principal' | 'custom';
  /** the ARN of a user, group or role */
  principal: string;
  custom: readonly string[];
  boundary: string;
  actions: readonly string[];
  resources: readonly string[];
  entries: readonly Entry[];
  caller: string;
  resourcePolicy: string;
}

/** entryError says what is wrong with a context entry, by its type. */
export function entryError(e: Entry): string | undefined {
  const values = valuesOf(e);
  if (values.length === 0) return 'Enter a value.';
  const kind = e.type.replace(/List$/, '');
  for (const v of values) {
    if (kind === 'numeric' && !/^-?\d+(\.\d+)?$/.test(v)) return 'Enter a number.';
    if (kind === 'boolean' && !/^(true|false)$/i.test(v)) return 'Enter true or false.';
    if (kind === 'ip' && !/^[0-9a-f.:]+(\/\d{1,3})?$/i.test(v)) return 'Enter an IP address, or a range of them.';
    if (kind === 'date' && Number.isNaN(Date.parse(v)) && !/^\d+$/.test(v)) return 'Enter a time such as 2026-11-27T10:00:00Z.';
    if (kind === 'binary' && !/^[A-Za-z0-9+/]+={0,2}$/.test(v)) return 'Enter bytes in Base64.';
  }
  return undefined;
}

/** valuesOf are the values of an entry; those of a list are divided by commas. */
export const valuesOf = (e: Entry): string[] =>
  e.type.endsWith('List') ? e.value.split(',').map((v) => v.trim()).filter(Boolean) : e.value === '' ? [] : [e.value];

const blank = (s: string) => (s.trim() === '' ? undefined : s);

export async function simulate(iam: IAMClient, a: Asked): Promise<EvaluationResult[]> {
  const common = {
    ActionNames: [...a.actions],
    ResourceArns: a.resources.length > 0 ? [...a.resources] : undefined,
    ContextEntries: a.entries.map((e): ContextEntry => ({ ContextKeyName: e.name, ContextKeyType: e.type, ContextKeyValues: valuesOf(e) })),
    CallerArn: blank(a.caller),
    ResourcePolicy: blank(a.resourcePolicy),
    PermissionsBoundaryPolicyInputList: blank(a.boundary) ? [a.boundary] : undefined,
  };
  return a.mode === 'custom'
    ? all((p) => iam.send(new SimulateCustomPolicyCommand({ ...common, ...p, PolicyInputList: [...a.custom] })), (r) => r.EvaluationResults)
    : all((p) => iam.send(new SimulatePrincipalPolicyCommand({ ...common, ...p, PolicySourceArn: a.principal, PolicyInputList: a.custom.length > 0 ? [...a.custom] : undefined })), (r) => r.EvaluationResults);
}

/** contextKeys are the condition keys that the policies look at. */
export async function contextKeys(iam: IAMClient, a: Asked): Promise<string[]> {
  const more = [...a.custom, a.resourcePolicy].filter((p) => p.trim() !== '');
  const r =
    a.mode === 'custom'
      ? await iam.send(new GetContextKeysForCustomPolicyCommand({ PolicyInputList: more }))
      : await iam.send(new GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn: a.principal, PolicyInputList: more.length > 0 ? more : undefined }));
  return r.ContextKeyNames ?? [];
}

/** typeOfKey guesses the type of a condition key's values. */
export function typeOfKey(name: string): ContextKeyTypeEnum {
  const n = name.toLowerCase();
  if (/(sourceip|vpcsourceip)$/.test(n)) return 'ip';
  if (/(currenttime|issuetime|validto)$/.test(n)) return 'date';
  if (/(securetransport|multifactorauthpresent|viaawsservice|isawsservice|grantisforawsresource|bypasspolicylockoutsafetycheck|multiregion)$/.test(n)) return 'boolean';
  if (/(age|epochtime|indays|days)$/.test(n)) return 'numeric';
  return /(tagkeys|encryptioncontextkeys|grantoperations|principalorgpaths)$/.test(n) ? 'stringList' : 'string';
}

/** Document is a policy that may have taken part, by the name that results call it by. */
export interface Document {
  id: string;
  text: string;
  path?: string;
}

/** documentsOf are the policies of a principal and those of its groups, by the names that results call them by. */
export async function documentsOf(iam: IAMClient, arn: string, kind: HolderKind): Promise<Document[]> {
  const name = lastOf(arn);
  const found: Document[] = [];
  const managed = new Set<string>();
  const holders: [HolderKind, string][] = [[kind, name]];
  if (kind === 'user') for (const g of await groupsOf(iam, name)) holders.push(['group', g.GroupName!]);
  for (const [k, n] of holders) {
    const holder = holderOf(iam, k, n);
    const path = `/iam/${k}s/${encodeURIComponent(n)}`;
    for (const p of await holder.inline()) found.push({ id: `${k}_${n}_${p}`, text: await holder.document(p), path: `${path}?inline=${encodeURIComponent(p)}` });
    for (const p of await holder.attached()) managed.add(p.PolicyArn!);
  }
  const boundary = await boundaryOf(iam, kind, name);
  if (boundary) managed.add(boundary);
  for (const PolicyArn of managed) {
    const p = (await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy!;
    const v = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: p.DefaultVersionId }));
    found.push({ id: p.PolicyName!, text: decoded(v.PolicyVersion?.Document), path: `/iam/policies/${encodeURIComponent(PolicyArn)}` });
  }
  return found;
}

/** boundaryOf is the ARN of the policy that bounds a user or a role. */
async function boundaryOf(iam: IAMClient, kind: HolderKind, name: string): Promise<string | undefined> {
  if (kind === 'group') return undefined;
  const holder = kind === 'user' ? (await iam.send(new GetUserCommand({ UserName: name }))).User : (await iam.send(new GetRoleCommand({ RoleName: name }))).Role;
  return holder?.PermissionsBoundary?.PermissionsBoundaryArn;
}

/** givenDocuments are the policies of the form itself. */
export const givenDocuments = (a: Asked): Document[] => [
  ...a.custom.map((text, i) => ({ id: `PolicyInputList.${i + 1}`, text })),
  ...(blank(a.boundary) ? [{ id: 'PermissionsBoundaryPolicyInputList.1', text: a.boundary }] : []),
  ...(blank(a.resourcePolicy) ? [{ id: 'ResourcePolicy', text: a.resourcePolicy }] : []),
];

/** arnOfHolder is the ARN of a user, group or role by its name. */
export async function arnOfHolder(iam: IAMClient, kind: HolderKind, name: string): Promise<string> {
  switch (kind) {
    case 'user':
      return (await iam.send(new GetUserCommand({ UserName: name }))).User!.Arn!;
    case 'group':
      return (await iam.send(new GetGroupCommand({ GroupName: name, MaxItems: 1 }))).Group!.Arn!;
    case 'role':
      return (await iam.send(new GetRoleCommand({ RoleName: name }))).Role!.Arn!;
  }
}

/** offsetOf is where a position that counts lines and columns from 1 is in a text. */
function offsetOf(text: string, p: Position | undefined): number {
  let at = 0;
  for (let line = 1; line < (p?.Line ?? 1); line++) {
    const end = text.indexOf('\n', at);
    if (end < 0) return text.length;
    at = end + 1;
  }
  // Columns count characters, of which some are two units of a text here.
  return at + [...text.slice(at)].slice(0, Math.max(0, (p?.Column ?? 1) - 1)).join('').length;
}

/** marked divides a document into what is before a statement, the statement, and what is behind. */
export function marked(text: string, s: Statement): [string, string, string] {
  const end = offsetOf(text, s.EndPosition);
  let begin = offsetOf(text, s.StartPosition);
  // A statement's position begins behind what stands before it.
  const brace = text.indexOf('{', begin);
  if (text.slice(begin, brace < 0 ? begin : brace).trim().replace(/^[,[:]/, '').trim() === '' && brace >= 0 && brace < end) begin = brace;
  else if (text[begin - 1] === '{') begin--;
  return [text.slice(0, begin), text.slice(begin, end), text.slice(end)];
}

/** Row is one decision: on one action and one resource. */
export interface Row {
  key: string;
  action: string;
  resource: string;
  decision: string;
  statements: readonly Statement[];
  missing: readonly string[];
  boundary?: boolean;
  organization?: boolean;
  details?: Record<string, string>;
}

export function rowsOf(results: readonly EvaluationResult[]): Row[] {
  return results.flatMap((r, i): Row[] => {
    const whole = {
      key: String(i),
      action: r.EvalActionName!,
      resource: r.EvalResourceName ?? '*',
      decision: r.EvalDecision!,
      statements: r.MatchedStatements ?? [],
      missing: r.MissingContextValues ?? [],
      boundary: r.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary,
      organization: r.OrganizationsDecisionDetail?.AllowedByOrganizations,
      details: r.EvalDecisionDetails,
    };
    if (!r.ResourceSpecificResults?.length) return [whole];
    return r.ResourceSpecificResults.map((s, j) => ({
      ...whole,
      key: `${i}.${j}`,
      resource: s.EvalResourceName!,
      decision: s.EvalResourceDecision!,
      statements: s.MatchedStatements ?? [],
      missing: s.MissingContextValues ?? [],
      boundary: s.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary,
      details: s.EvalDecisionDetails,
    }));
  });
}
