// From a metric filter to its metric and to the wizard of alarms.
import type { MetricFilter } from '@aws-sdk/client-cloudwatch-logs';
import { alarmPath, metricsPath } from '../../graph/spec/address';
import type { GraphSpec } from '../../graph/spec/graph';
import { groupPath } from '../places';

function specOf(f: MetricFilter): GraphSpec {
  const t = f.metricTransformations?.[0];
  const names = Object.keys(t?.dimensions ?? {});
  const query = names.length === 0 ? { id: 'm1', namespace: t?.metricNamespace, metric: t?.metricName } : { id: 'e1', expression: `SEARCH('{${[t?.metricNamespace, ...names].map((n) => `"${n}"`).join(',')}} MetricName="${t?.metricName}"', 'Sum')` };
  return { title: t?.metricName, queries: [query], stat: 'Sum', period: 300 };
}

/** metricOf is the screen with the filter's metric. */
export const metricOf = (f: MetricFilter) => metricsPath(specOf(f));

/** alarmOf is the wizard of alarms for the filter's metric, which goes back to the group's filters. */
export const alarmOf = (f: MetricFilter, group: string) => alarmPath(specOf(f), { period: 300, back: groupPath(group, 'metric-filters') });

/** watchable: an alarm watches one metric, and a filter with dimensions makes many. */
export const watchable = (f: MetricFilter) => Object.keys(f.metricTransformations?.[0]?.dimensions ?? {}).length === 0;
