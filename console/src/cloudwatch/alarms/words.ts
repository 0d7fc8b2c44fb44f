// What alarms say, in words.
import { periodText } from '../../graph';
import type { Alarm } from './api';
import type { State } from './state';

export const stateNames: Record<State, string> = { ALARM: 'In alarm', OK: 'OK', INSUFFICIENT_DATA: 'Insufficient data' };

export const comparisons = [
  { value: 'GreaterThanThreshold', label: 'Greater', sign: '>', words: '> threshold' },
  { value: 'GreaterThanOrEqualToThreshold', label: 'Greater/Equal', sign: '>=', words: '>= threshold' },
  { value: 'LessThanOrEqualToThreshold', label: 'Lower/Equal', sign: '<=', words: '<= threshold' },
  { value: 'LessThanThreshold', label: 'Lower', sign: '<', words: '< threshold' },
] as const;

export type Comparison = (typeof comparisons)[number]['value'];

export const signOf = (comparison: string | undefined) => comparisons.find((c) => c.value === comparison)?.sign ?? comparison ?? '';

export const missingData = [
  { value: 'missing', label: 'Treat missing data as missing' },
  { value: 'notBreaching', label: 'Treat missing data as good (not breaching threshold)' },
  { value: 'ignore', label: 'Treat missing data as ignore (maintain the alarm state)' },
  { value: 'breaching', label: 'Treat missing data as bad (breaching threshold)' },
] as const;

/** within says "for 2 datapoints within 15 minutes". */
export const within = (toAlarm: number, of: number, period: number) => `for ${toAlarm} datapoint${toAlarm === 1 ? '' : 's'} within ${periodText(of * period)}`;

/** periodOf is the period of an alarm on a metric or on metric math. */
export function periodOf(alarm: Alarm): number {
  const m = alarm.metric;
  const math = m?.Metrics?.map((q) => q.MetricStat?.Period ?? q.Period).find((p) => p !== undefined);
  return m?.Period ?? math ?? 60;
}

/** watchedOf names what an alarm watches. */
export function watchedOf(alarm: Alarm): string {
  const m = alarm.metric;
  if (!m) return '';
  if (m.MetricName) return m.MetricName;
  const q = m.Metrics?.find((q) => q.ReturnData !== false);
  return q?.Label || q?.MetricStat?.Metric?.MetricName || q?.Expression || q?.Id || '';
}

/** conditionsOf says when an alarm goes off. */
export function conditionsOf(alarm: Alarm): string {
  const m = alarm.metric;
  if (!m) return alarm.composite?.AlarmRule ?? '';
  const of = m.EvaluationPeriods ?? 1;
  return `${watchedOf(alarm)} ${signOf(m.ComparisonOperator)} ${m.Threshold} ${within(m.DatapointsToAlarm ?? of, of, periodOf(alarm))}`;
}

/** actionsOf says whether an alarm acts. */
export function actionsOf(alarm: Alarm): string {
  const any = Object.values(alarm.actions).some((list) => list.length > 0);
  if (!any) return 'No actions';
  return alarm.actionsEnabled ? 'Actions enabled' : 'Actions disabled';
}
