// A trail as its forms have it.
import type { AdvancedEventSelector, EventSelector, ReadWriteType, Trail } from '@aws-sdk/client-cloudtrail';
import { jsonError, pretty } from '../../ui/JsonEditor';

export interface TrailForm {
  name: string;
  bucket: string;
  prefix: string;
  kmsKey: string;
  validation: boolean;
  topic: string;
  multiRegion: boolean;
  organization: boolean;
  /** deliver to a log group too */
  logs: boolean;
  group: string;
  /** make the role, by this name; or take one that is there, by its ARN */
  newRole: boolean;
  roleName: string;
  roleArn: string;
}

export const emptyTrail: TrailForm = {
  name: '', bucket: '', prefix: '', kmsKey: '', validation: true, topic: '', multiRegion: true, organization: false,
  logs: false, group: 'aws-cloudtrail-logs', newRole: true, roleName: 'CloudTrailRoleForCloudWatchLogs', roleArn: '',
};

/** groupName is the name of a log group by its ARN, which ends with ":*". */
export const groupName = (arn: string | undefined) => /:log-group:([^:]+)/.exec(arn ?? '')?.[1] ?? '';

export const trailForm = (t: Trail): TrailForm => ({
  ...emptyTrail,
  name: t.Name ?? '',
  bucket: t.S3BucketName ?? '',
  prefix: t.S3KeyPrefix ?? '',
  kmsKey: t.KmsKeyId ?? '',
  validation: t.LogFileValidationEnabled ?? false,
  topic: t.SnsTopicARN ?? t.SnsTopicName ?? '',
  multiRegion: t.IsMultiRegionTrail ?? false,
  organization: t.IsOrganizationTrail ?? false,
  logs: Boolean(t.CloudWatchLogsLogGroupArn),
  group: groupName(t.CloudWatchLogsLogGroupArn) || emptyTrail.group,
  newRole: !t.CloudWatchLogsRoleArn,
  roleArn: t.CloudWatchLogsRoleArn ?? '',
});

export type TrailErrors = Partial<Record<keyof TrailForm, string>>;

export function generalErrors(f: TrailForm): TrailErrors {
  return {
    name:
      !/^[A-Za-z0-9]/.test(f.name) ? 'A trail name begins with a letter or a number.'
      : f.name.length < 3 || f.name.length > 128 ? 'A trail name has 3 to 128 characters.'
      : !/^[A-Za-z0-9._-]+$/.test(f.name) ? 'A trail name has letters, numbers and . _ - only.'
      : /[._-]{2}/.test(f.name) ? 'A trail name cannot have two of . _ - in a row.'
      : !/[A-Za-z0-9]$/.test(f.name) ? 'A trail name ends with a letter or a number.'
      : undefined,
    bucket: f.bucket === '' ? 'Enter the name of a bucket.' : /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(f.bucket) ? undefined : 'A bucket name has 3 to 63 lowercase letters, numbers, dots and dashes.',
    prefix: f.prefix.length > 200 ? 'A prefix has at most 200 characters.' : /^[A-Za-z0-9!_.*'()/-]*$/.test(f.prefix) ? undefined : "A prefix has letters, numbers and ! _ . * ' ( ) / - only.",
  };
}

export function logsErrors(f: TrailForm): TrailErrors {
  if (!f.logs) return {};
  return {
    group: /^[.\-_/#A-Za-z0-9]{1,512}$/.test(f.group) ? undefined : 'Enter the name of a log group: letters, numbers and _ - / . #.',
    roleName: f.newRole && !/^[\w+=,.@-]{1,64}$/.test(f.roleName) ? 'A role name has 1 to 64 letters, numbers and + = , . @ _ -.' : undefined,
    roleArn: !f.newRole && !/^arn:aws[a-z-]*:iam::\d{12}:role\/.+/.test(f.roleArn) ? 'Enter the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME.' : undefined,
  };
}

export const anyError = (e: TrailErrors) => Object.values(e).some((v) => v !== undefined);

/** dataTypes are the resources whose data events basic selectors may name. */
export const dataTypes = ['AWS::S3::Object', 'AWS::Lambda::Function', 'AWS::DynamoDB::Table'];

/** EventsForm is which events a trail logs: by basic selectors, or by a document of advanced ones. */
export interface EventsForm {
  advanced: boolean;
  management: boolean;
  readWrite: ReadWriteType;
  excludeKms: boolean;
  data: { type: string; values: string }[];
  json: string;
}

const example: AdvancedEventSelector[] = [{ Name: 'Management events', FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] }];

export const usualEvents: EventsForm = { advanced: false, management: true, readWrite: 'All', excludeKms: false, data: [], json: JSON.stringify(example, null, 2) };

export function eventsForm(basic: EventSelector[] = [], advanced: AdvancedEventSelector[] = []): EventsForm {
  if (advanced.length > 0) return { ...usualEvents, advanced: true, json: pretty(JSON.stringify(advanced)) };
  if (basic.length === 0) return usualEvents;
  return {
    ...usualEvents,
    management: basic.some((s) => s.IncludeManagementEvents !== false),
    readWrite: basic[0].ReadWriteType ?? 'All',
    excludeKms: basic.some((s) => s.ExcludeManagementEventSources?.includes('kms.amazonaws.com')),
    data: basic.flatMap((s) => (s.DataResources ?? []).map((d) => ({ type: d.Type ?? dataTypes[0], values: (d.Values ?? []).join(', ') }))),
  };
}

/** eventsErrors are about the members of the form. */
export function eventsErrors(f: EventsForm): { json?: string; management?: string; data: (string | undefined)[] } {
  if (f.advanced) {
    const wrong = jsonError(f.json);
    return { data: [], json: wrong ?? (Array.isArray(JSON.parse(f.json)) ? undefined : 'Enter a list of event selectors: [ { "FieldSelectors": [ … ] } ].') };
  }
  return {
    management: f.management || f.data.length > 0 ? undefined : 'Choose management events or data events.',
    data: f.data.map((d) => (d.values.split(',').every((v) => /^arn:aws/.test(v.trim())) ? undefined : 'Enter ARNs, with commas between them. arn:aws:s3 stands for all buckets.')),
  };
}

export const eventsValid = (f: EventsForm) => {
  const e = eventsErrors(f);
  return !e.json && !e.management && e.data.every((d) => !d);
};

/** selectorsOf is what PutEventSelectors is told. */
export function selectorsOf(f: EventsForm): { EventSelectors?: EventSelector[]; AdvancedEventSelectors?: AdvancedEventSelector[] } {
  if (f.advanced) return { AdvancedEventSelectors: JSON.parse(f.json) as AdvancedEventSelector[] };
  return {
    EventSelectors: [
      {
        IncludeManagementEvents: f.management,
        ReadWriteType: f.readWrite,
        ExcludeManagementEventSources: f.management && f.excludeKms ? ['kms.amazonaws.com'] : [],
        DataResources: f.data.map((d) => ({ Type: d.type, Values: d.values.split(',').map((v) => v.trim()) })),
      },
    ],
  };
}

export const readWriteText: Record<string, string> = { All: 'Read and write', ReadOnly: 'Read', WriteOnly: 'Write' };
