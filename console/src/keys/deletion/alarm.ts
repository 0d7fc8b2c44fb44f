// The alarm for use of keys that wait for their deletion, by AWS's procedure.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys-creating-cloudwatch-alarm.html

export const pattern = '{ $.eventSource = kms* && $.errorMessage = "* is pending deletion."}';
export const filterName = 'KMSKeyPendingDeletion';
export const metricNamespace = 'CloudTrailLogMetrics';
export const metricName = 'KMSKeyPendingDeletionErrorCount';
export const alarmName = 'KMSKeyPendingDeletionErrorAlarm';

/** What is made where there is no trail yet. */
export const usual = {
  trail: 'keystead-audit',
  group: 'keystead/cloudtrail',
  role: 'keystead-cloudtrail-to-logs',
  bucket: (account: string) => `keystead-trail-${account}`,
  topic: 'KMS_key_alarms',
};

/** Events is where the events of CloudTrail come from: the log group of a trail, one that a trail is to deliver to, or all anew. */
export type Events =
  | { kind: 'existing'; trailArn: string; group: string; logging: boolean }
  | { kind: 'attach'; trailArn: string; group: string; logging: boolean }
  | { kind: 'new'; trail: string; bucket: string; group: string };

export interface Notify {
  kind: 'new' | 'existing';
  /** name of a new topic, or the ARN of one that is there */
  topic: string;
  emails: readonly string[];
}

export interface AlarmPlan {
  events: Events;
  name: string;
  threshold: number;
  /** seconds */
  period: number;
  notify: Notify;
}

export function trailNameError(name: string): string | undefined {
  if (name.length < 3 || name.length > 128) return 'A trail name has 3 to 128 characters.';
  return /^[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]$/.test(name) && !/[._-]{2}/.test(name) ? undefined : 'A trail name has letters, numbers, periods, underscores and dashes, begins and ends with a letter or number, and has no two of the others in a row.';
}

export function bucketError(name: string): string | undefined {
  return /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) && !name.includes('..') ? undefined : 'A bucket name has 3 to 63 lower-case letters, numbers, periods and dashes, and begins and ends with a letter or number.';
}

export function groupNameError(name: string): string | undefined {
  return /^[.\-_/#A-Za-z0-9]{1,512}$/.test(name) ? undefined : 'A log group name has 1 to 512 letters, numbers and the characters . - _ / # only.';
}

export function alarmNameError(name: string, taken: readonly string[]): string | undefined {
  if (name.trim() === '' || name.length > 255) return 'An alarm name has 1 to 255 characters.';
  return taken.includes(name) ? 'There is an alarm with this name already. Enter another name.' : undefined;
}

export const thresholdError = (text: string) => (/^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 1_000_000 ? undefined : 'Enter a whole number of at least 1.');

/** groupOf is the name of the log group in its ARN. */
export const groupOf = (arn: string) => arn.replace(/^.*?:log-group:/, '').replace(/:\*$/, '');
