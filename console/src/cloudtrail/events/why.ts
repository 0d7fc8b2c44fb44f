// "Why was this allowed or denied": what the explanation in a record says, part by part. The
// record has it in the words of the service (additionalEventData.authorization).
import { screenOf } from './resources.ts';
import type { CloudTrailRecord } from './record.ts';

/** Statement is a statement of a policy that decided. */
export interface Statement {
  number: number;
  sid?: string;
  policy: string;
  /** the screen where the policy is, if it has one */
  path?: string;
}

export interface Decision {
  action: string;
  allowed: boolean;
  statement?: Statement;
  /** the statement of the resource's policy that lets the account's own policies decide */
  delegated?: Statement;
  grant?: string;
  root?: boolean;
  /** the kind of policy that allows nothing */
  lacking?: string;
}

export interface Why {
  decisions: Decision[];
  /** for a denied call: what nearly applied, and what is missing */
  detail: string[];
}

const statementText = /^statement (\d+)(?: \("([\s\S]*?)"\))? of ([\s\S]+)$/;

function statementOf(text: string, record: CloudTrailRecord): Statement | undefined {
  const m = statementText.exec(text);
  return m ? { number: Number(m[1]), sid: m[2], policy: m[3], path: policyPath(m[3], record) } : undefined;
}

/** policyPath is the screen of a policy by the name that the explanation gives it. */
export function policyPath(policy: string, record: CloudTrailRecord): string | undefined {
  const inline = /^inline policy [\s\S]+ of (user|role|group) (\S+)$/.exec(policy);
  if (inline) return `/iam/${inline[1]}s/${encodeURIComponent(inline[2])}`;
  const trust = /^the trust policy of role (\S+)$/.exec(policy);
  if (trust) return `/iam/roles/${encodeURIComponent(trust[1])}?tab=trust`;
  const endpoint = /^the policy of endpoint (\S+)$/.exec(policy);
  if (endpoint) return `/vpc/endpoints/${encodeURIComponent(endpoint[1])}`;
  if (policy === 'the key policy') {
    const key = record.resources?.find((r) => r.ARN?.includes(':key/'))?.ARN ?? keyOfRequest(record);
    return screenOf(key);
  }
  if (policy === 'the topic policy') return screenOf(record.resources?.find((r) => r.ARN?.includes(':sns:'))?.ARN);
  return screenOf(policy);
}

/** keyOfRequest is the key that a request names by its ARN: a denied call has no resources. */
function keyOfRequest(record: CloudTrailRecord): string | undefined {
  const id = record.requestParameters?.keyId;
  return typeof id === 'string' && id.startsWith('arn:') ? id : undefined;
}

const begins = /^([a-z0-9-]+:[A-Za-z0-9]+) (allowed|denied)(?: |$)/;

/** whyOf reads the explanation of a record; undefined if it has none. */
export function whyOf(record: CloudTrailRecord): Why | undefined {
  const { authorization, authorizationDetail } = record.additionalEventData ?? {};
  if (typeof authorization !== 'string') return undefined;
  const parts: string[] = [];
  for (const part of authorization.split('; ')) {
    // A name may have a semicolon: what does not begin like a decision belongs to the one before.
    if (begins.test(part) || parts.length === 0) parts.push(part);
    else parts[parts.length - 1] += `; ${part}`;
  }
  const decisions = parts.flatMap((part) => {
    const m = begins.exec(part);
    return m ? [decisionOf(m[1], m[2] === 'allowed', part.slice(m[0].length), record)] : [];
  });
  return { decisions, detail: typeof authorizationDetail === 'string' ? authorizationDetail.split('\n') : [] };
}

function decisionOf(action: string, allowed: boolean, rest: string, record: CloudTrailRecord): Decision {
  const decision: Decision = { action, allowed };
  const lacking = /^because no (.+) allows it$/.exec(rest);
  const grant = /^by grant (\S+)(?: and ([\s\S]+))?$/.exec(rest);
  const [by, may] = rest.split(', which may decide by ');
  if (lacking) decision.lacking = lacking[1];
  else if (grant) {
    decision.grant = grant[1];
    decision.statement = grant[2] ? statementOf(grant[2], record) : undefined;
  } else {
    if (by.startsWith('to the root user')) decision.root = true;
    else decision.statement = statementOf(by.replace(/^by /, ''), record);
    if (may) decision.delegated = statementOf(may, record);
  }
  return decision;
}

/** isDenied tells a call that was denied from one that failed for another reason. */
export const isDenied = (record: CloudTrailRecord) => /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|Client\.UnauthorizedOperation|AuthorizationError|AuthorizationErrorException|CloudHsmAccessDeniedException)$/.test(record.errorCode ?? '');

/** simulatorPath is the policy simulator with this call filled in; undefined where nobody can be simulated. */
export function simulatorPath(record: CloudTrailRecord, why: Why | undefined): string | undefined {
  const identity = record.userIdentity;
  const principal = identity?.type === 'IAMUser' ? identity.arn : identity?.type === 'AssumedRole' ? identity.sessionContext?.sessionIssuer?.arn : undefined;
  if (!principal) return undefined;
  const service = (record.eventSource ?? '').split('.')[0];
  const action = why?.decisions.at(-1)?.action ?? `${service === 'monitoring' ? 'cloudwatch' : service}:${record.eventName}`;
  const q = new URLSearchParams({ principal, action });
  const resource = record.resources?.find((r) => r.ARN)?.ARN ?? keyOfRequest(record);
  if (resource) q.set('resource', resource);
  return `/iam/simulator?${q}`;
}
