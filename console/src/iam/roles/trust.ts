// Trust policies: who may assume a role.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create.html

export type TrustKind = 'account' | 'service' | 'web' | 'custom';

export interface Trust {
  kind: TrustKind;
  /** the account whose users and roles may assume the role; this one if other is false */
  other: boolean;
  account: string;
  externalId: string;
  service: string;
  provider: string;
  audience: string;
  custom: string;
}

export const newTrust: Trust = { kind: 'account', other: false, account: '', externalId: '', service: '', provider: '', audience: '', custom: '' };

/** services are those that assume roles here. */
export const services = [
  { value: 'cloudtrail.amazonaws.com', label: 'CloudTrail', description: 'Delivers events to CloudWatch Logs' },
  { value: 'events.amazonaws.com', label: 'EventBridge', description: 'Sends events to targets' },
  { value: 'logs.amazonaws.com', label: 'CloudWatch Logs', description: 'Delivers log events' },
  { value: 'ec2.amazonaws.com', label: 'EC2', description: 'Programs on instances' },
  { value: 'lambda.amazonaws.com', label: 'Lambda', description: 'Functions' },
];

const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] }, null, 2);

/** trustText is the trust policy that a form describes. */
export function trustText(t: Trust, own: string): string {
  switch (t.kind) {
    case 'account':
      return document({
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${t.other ? t.account : own}:root` },
        Action: 'sts:AssumeRole',
        ...(t.externalId && { Condition: { StringEquals: { 'sts:ExternalId': t.externalId } } }),
      });
    case 'service':
      return document({ Effect: 'Allow', Principal: { Service: t.service }, Action: 'sts:AssumeRole' });
    case 'web': {
      const host = t.provider.slice(t.provider.indexOf('oidc-provider/') + 'oidc-provider/'.length);
      return document({ Effect: 'Allow', Principal: { Federated: t.provider }, Action: 'sts:AssumeRoleWithWebIdentity', Condition: { StringEquals: { [`${host}:aud`]: t.audience } } });
    }
    case 'custom':
      return t.custom;
  }
}

/** trustErrors says what is missing in a form, by its fields. */
export function trustErrors(t: Trust): { account?: string; externalId?: string; service?: string; provider?: string; audience?: string } {
  switch (t.kind) {
    case 'account':
      return {
        account: t.other && !/^\d{12}$/.test(t.account) ? 'Enter an account ID of 12 digits.' : undefined,
        externalId: t.externalId && !/^[\w+=,.@:/-]{2,1224}$/.test(t.externalId) ? 'An external ID has at least 2 letters, numbers and +=,.@:/_- only.' : undefined,
      };
    case 'service':
      return { service: /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(t.service) ? undefined : 'Choose a service, or enter its name, such as events.amazonaws.com.' };
    case 'web':
      return { provider: t.provider ? undefined : 'Choose an identity provider.', audience: t.audience ? undefined : 'Choose an audience.' };
    case 'custom':
      return {};
  }
}

export const customTrust = document({ Sid: 'Statement1', Effect: 'Allow', Principal: {}, Action: 'sts:AssumeRole' });

/** trusted says in short who may assume a role, from its trust policy. */
export function trusted(text: string): string {
  try {
    const { Statement } = JSON.parse(text) as { Statement: unknown };
    const all = (Array.isArray(Statement) ? Statement : [Statement]) as { Effect?: string; Principal?: string | Record<string, string | string[]> }[];
    const names = all
      .filter((s) => s.Effect === 'Allow')
      .flatMap((s) => (typeof s.Principal === 'string' ? ['everybody'] : Object.entries(s.Principal ?? {}).flatMap(([type, v]) => [v].flat().map((n) => shortName(type, n)))));
    return [...new Set(names)].join(', ') || 'nobody';
  } catch {
    return '–';
  }
}

function shortName(type: string, name: string): string {
  const account = /^(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?$/.exec(name);
  if (account) return `Account: ${account[1]}`;
  if (type === 'Service') return `AWS service: ${name.replace(/\.amazonaws\.com$/, '')}`;
  if (type === 'Federated') return `Identity provider: ${name.slice(name.lastIndexOf(':oidc-provider/') + 1).replace('oidc-provider/', '')}`;
  return name;
}
