// From GetMetricData to lines.
import { GetMetricDataCommand, type CloudWatchClient, type GetMetricDataCommandOutput, type MetricDataQuery, type MetricDataResult } from '@aws-sdk/client-cloudwatch';
import { aligned, leastPeriod } from '../range/period.ts';
import { defaultPeriod, defaultStat, metricOf, type GraphQuery, type GraphSpec } from '../spec/graph.ts';
import { labelsOf } from './labels.ts';
import type { Line } from './lines.ts';

export interface Wanted {
  from: Date;
  to: Date;
  now: Date;
  /** seconds; for all queries in place of their own */
  period?: number;
  /** of times in labels, as GetMetricData has it: +0130 */
  timezone?: string;
}

export interface Answer {
  lines: Line[];
  from: Date;
  to: Date;
  /** the longest period of the lines, in seconds */
  period: number;
  /** what the service has to say about the answer */
  messages: string[];
}

/** What GetMetricData takes at most. */
const maxQueries = 500;

/** load reads what a graph shows. */
export async function load(client: CloudWatchClient, spec: GraphSpec, wanted: Wanted, signal?: AbortSignal): Promise<Answer> {
  const least = leastPeriod(wanted.from, wanted.now);
  const periodOf = (q: GraphQuery) => Math.max(wanted.period ?? q.period ?? spec.period ?? defaultPeriod, least);
  const shown = spec.queries.filter((q) => q.visible !== false);
  const period = Math.max(least, ...spec.queries.map(periodOf));
  const { from, to } = aligned(wanted.from, wanted.to, period);
  const answer: Answer = { lines: [], from, to, period, messages: [] };
  if (!shown.length) return answer;
  const MetricDataQueries = spec.queries.slice(0, maxQueries).map((q) => asked(q, spec, periodOf(q), wanted.period ? periodOf(q) : undefined));
  if (spec.queries.length > maxQueries) answer.messages.push(`A graph shows ${maxQueries} metrics and expressions. The others are left out.`);
  const merged = new Merging(spec.queries, periodOf);
  let NextToken: string | undefined;
  do {
    const page: GetMetricDataCommandOutput = await client.send(
      new GetMetricDataCommand({
        MetricDataQueries,
        StartTime: from,
        EndTime: to,
        ScanBy: 'TimestampAscending',
        LabelOptions: { Timezone: wanted.timezone ?? '+0000' },
        NextToken,
      }),
      { abortSignal: signal },
    );
    merged.page(page.MetricDataResults ?? []);
    for (const m of page.Messages ?? []) if (m.Value && !answer.messages.includes(m.Value)) answer.messages.push(m.Value);
    NextToken = page.NextToken || undefined;
  } while (NextToken);
  const labels = labelsOf(spec);
  answer.lines = merged.lines.map((l) => ({ ...l, label: labels.get(l.query.id) ?? l.label }));
  return answer;
}

/** asked is a query as the API has it. */
function asked(q: GraphQuery, spec: GraphSpec, period: number, override: number | undefined): MetricDataQuery {
  const common = { Id: q.id, Label: q.label, ReturnData: q.visible !== false };
  if (q.expression !== undefined) return { ...common, Expression: override ? withPeriod(q.expression, override) : q.expression, Period: period };
  return { ...common, MetricStat: { Metric: metricOf(q), Stat: q.stat ?? spec.stat ?? defaultStat, Period: period } };
}

/** withPeriod replaces the periods that searches name. */
export const withPeriod = (expression: string, seconds: number) =>
  expression.replace(/(SEARCH\s*\(\s*('[^']*'|"[^"]*")\s*,\s*('[^']*'|"[^"]*"))\s*,\s*\d+\s*\)/gi, `$1, ${seconds})`);

/** Merging puts the pages of an answer together: a line may go on on the next page. */
class Merging {
  readonly lines: Line[] = [];
  private open: Line[] = []; // that were not complete on the page before
  private readonly byId: Map<string, GraphQuery>;
  private readonly periodOf: (q: GraphQuery) => number;
  private readonly counts = new Map<string, number>();

  constructor(queries: readonly GraphQuery[], periodOf: (q: GraphQuery) => number) {
    this.periodOf = periodOf;
    this.byId = new Map(queries.map((q) => [q.id, q]));
  }

  page(results: readonly MetricDataResult[]) {
    const open = this.open;
    this.open = [];
    for (const r of results) {
      const query = this.byId.get(r.Id ?? '');
      if (!query) continue;
      const label = r.Label ?? query.id;
      const at = open.findIndex((l) => l.query.id === query.id && l.label === label);
      const line = at >= 0 ? open.splice(at, 1)[0] : this.start(query, label);
      r.Timestamps?.forEach((t, i) => {
        line.times.push(t.getTime());
        line.values.push(r.Values![i]);
      });
      if (r.StatusCode === 'PartialData') this.open.push(line);
    }
  }

  private start(query: GraphQuery, label: string): Line {
    const name = `${query.id}/${label}`;
    const n = this.counts.get(name) ?? 0;
    this.counts.set(name, n + 1);
    const line: Line = { key: n ? `${name}/${n}` : name, label, query, period: this.periodOf(query), times: [], values: [] };
    this.lines.push(line);
    return line;
  }
}
