// Alarms as graphs, and graphs as what PutMetricAlarm takes.
import type { MetricAlarm, MetricDataQuery, Statistic } from '@aws-sdk/client-cloudwatch';
import { defaultPeriod, defaultStat, isExpression, metricOf, type GraphQuery, type GraphSpec } from '../../graph/spec/graph.ts';

const simple: readonly string[] = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'];

type Dimensions = { Name?: string; Value?: string }[] | undefined;
const dimensionsOf = (list: Dimensions) => (list?.length ? Object.fromEntries(list.map((d) => [d.Name ?? '', d.Value ?? ''])) : undefined);

function queryOf(q: MetricDataQuery): GraphQuery {
  const stat = q.MetricStat;
  return {
    id: q.Id ?? '',
    namespace: stat?.Metric?.Namespace,
    metric: stat?.Metric?.MetricName,
    dimensions: dimensionsOf(stat?.Metric?.Dimensions),
    stat: stat?.Stat,
    period: stat?.Period ?? q.Period,
    expression: q.Expression,
    label: q.Label,
    visible: q.ReturnData === false ? false : undefined,
  };
}

/** queriesOf are the queries of an alarm. */
export function queriesOf(m: MetricAlarm): GraphQuery[] {
  if (m.Metrics?.length) return m.Metrics.map(queryOf);
  return [
    { id: 'm1', namespace: m.Namespace, metric: m.MetricName, dimensions: dimensionsOf(m.Dimensions), stat: m.ExtendedStatistic ?? m.Statistic, period: m.Period },
  ];
}

/**
 * isSearch tells expressions that may find several lines: no alarm watches those. What
 * aggregates a search, such as SUM(SEARCH(…)), is one line.
 */
export function isSearch(q: GraphQuery): boolean {
  const text = (q.expression ?? '').replace(/"[^"]*"|'[^']*'/g, '');
  // The innermost calls first: what is left of an aggregate is a word.
  const call = /\b(\w*)\s*\(([^()]*)\)/;
  let rest = text;
  for (let m = call.exec(rest); m; m = call.exec(rest)) {
    const several = /\bSEARCH\b/i.test(m[1]) || (/\bSEARCH\b/i.test(m[2]) && !/^(AVG|MAX|MIN|STDDEV|SUM)$/i.test(m[1]));
    rest = rest.slice(0, m.index) + (several ? ' SEARCH ' : ' one ') + rest.slice(m.index + m[0].length);
  }
  return /\bSEARCH\b/i.test(rest);
}

/** uses are the ids of queries that an expression names, with those that these name. */
export function uses(queries: readonly GraphQuery[], id: string, seen = new Set<string>()): Set<string> {
  if (seen.has(id)) return seen;
  const q = queries.find((q) => q.id === id);
  if (!q) return seen;
  seen.add(id);
  if (q.expression === undefined) return seen;
  const text = q.expression.replace(/"[^"]*"|'[^']*'/g, '');
  const all = /\bMETRICS\s*\(/i.test(text) ? queries.filter((o) => !isExpression(o)).map((o) => o.id) : [];
  for (const word of [...(text.match(/\b[a-z][A-Za-z0-9_]*\b/g) ?? []), ...all]) uses(queries, word, seen);
  return seen;
}

/** watching is a spec that shows one of its lines, and of the others those that this one needs. */
export function watching(spec: GraphSpec, id: string, period?: number): GraphSpec {
  const needed = uses(spec.queries, id);
  const queries = spec.queries
    .filter((q) => needed.has(q.id))
    .map((q) => ({
      ...q,
      stat: isExpression(q) ? undefined : (q.stat ?? spec.stat ?? defaultStat),
      period: period ?? q.period ?? spec.period ?? defaultPeriod,
      visible: q.id === id ? undefined : false,
      axis: undefined,
      color: undefined,
    }));
  return { queries, region: spec.region, unit: spec.unit };
}

/** watchedQuery is the line of a spec that its alarm watches. */
export const watchedQuery = (spec: GraphSpec) => spec.queries.find((q) => q.visible !== false);

type Watched = Pick<MetricAlarm, 'Namespace' | 'MetricName' | 'Dimensions' | 'Period' | 'Metrics'> & { Statistic?: Statistic; ExtendedStatistic?: string };

/** toWatched is what PutMetricAlarm is told of a spec that watching made: a metric, or metric math. */
export function toWatched(spec: GraphSpec): Watched {
  const [only, ...more] = spec.queries;
  if (only && more.length === 0 && !isExpression(only)) {
    const { Namespace, MetricName, Dimensions } = metricOf(only);
    const stat = only.stat ?? defaultStat;
    return { Namespace, MetricName, Dimensions, Period: only.period, ...(simple.includes(stat) ? { Statistic: stat as Statistic } : { ExtendedStatistic: stat }) };
  }
  return {
    Metrics: spec.queries.map((q) => ({
      Id: q.id,
      Label: q.label,
      ReturnData: q.visible !== false,
      ...(isExpression(q) ? { Expression: q.expression, Period: q.period } : { MetricStat: { Metric: metricOf(q), Stat: q.stat ?? defaultStat, Period: q.period } }),
    })),
  };
}
