// From a metric filter to its metric and to the wizard of alarms.
import type { MetricFilter } from '@aws-sdk/client-cloudwatch-logs';
import { alarmPath, metricsPath } from '../../graph/spec/address';
import type { GraphQuery, GraphSpec } from '../../graph/spec/graph';
import { groupPath } from '../places';

/** specOf is the graph of the filter's metric; a filter with dimensions makes many, which a search finds. */
function specOf(f: MetricFilter, of = (search: string): GraphQuery => ({ id: 'e1', expression: search })): GraphSpec {
  const t = f.metricTransformations?.[0];
  const names = Object.keys(t?.dimensions ?? {});
  const search = `SEARCH('{${[t?.metricNamespace, ...names].map((n) => `"${n}"`).join(',')}} MetricName="${t?.metricName}"', 'Sum')`;
  return { title: t?.metricName, queries: [names.length ? of(search) : { id: 'm1', namespace: t?.metricNamespace, metric: t?.metricName }], stat: 'Sum', period: 300 };
}

/** metricOf is the screen with the filter's metric. */
export const metricOf = (f: MetricFilter) => metricsPath(specOf(f));

/** alarmOf is the wizard of alarms for the filter's metric, or the sum of its metrics; it goes back to the group's filters. */
export const alarmOf = (f: MetricFilter, group: string) =>
  alarmPath(specOf(f, (search) => ({ id: 'e1', expression: `SUM(${search})`, label: f.metricTransformations?.[0]?.metricName })), { period: 300, back: groupPath(group, 'metric-filters') });
