// The health of nodes: each writes the metrics NodeReady and NodeProblems once a minute into the
// operator's account; a node without a new sample is silent. Other accounts see what the node
// says of itself that answers them.
import { CloudWatchClient, GetMetricDataCommand, ListMetricsCommand, type Metric } from '@aws-sdk/client-cloudwatch';
import { everything } from '../app/load.ts';

export interface Node {
  name: string;
  host: string;
  /** the newest sample; a node has none if it has been silent for longer than is looked at */
  seen?: Date;
  ready?: boolean;
  problems?: number;
}

const minute = 60_000;
/** silentAfter is the age of the newest sample from which a node counts as silent. */
export const silentAfter = 5 * minute;
/** lately is how far back samples of silent nodes are looked for: those that are silent for longer are gone. */
const lately = 24 * 60 * minute;
const most = 100;

export async function nodes(cloudwatch: Pick<CloudWatchClient, 'send'>, now: Date, abortSignal: AbortSignal): Promise<Node[]> {
  const metrics = await everything<Metric>(async (NextToken) => {
    const page = await cloudwatch.send(new ListMetricsCommand({ Namespace: 'Keystead', MetricName: 'NodeReady', NextToken }), { abortSignal });
    return { items: page.Metrics, next: page.NextToken };
  }, abortSignal);
  const some = metrics.slice(0, most);
  const found = await newest(cloudwatch, some, { from: now.getTime() - 2 * silentAfter, to: now.getTime() + minute, Period: 60 }, abortSignal);
  // A day of samples is asked for of those only that have none of now, and in coarser steps.
  const silent = some.filter((_, i) => found[i].seen === undefined);
  const before = await newest(cloudwatch, silent, { from: now.getTime() - lately, to: now.getTime(), Period: 300 }, abortSignal);
  return [...found, ...before].filter((n) => n.seen !== undefined);
}

/** newest are the nodes with what they said last in a range of time. */
async function newest(cloudwatch: Pick<CloudWatchClient, 'send'>, metrics: readonly Metric[], { from, to, Period }: { from: number; to: number; Period: number }, abortSignal: AbortSignal): Promise<Node[]> {
  if (metrics.length === 0) return [];
  const query = (m: Metric, i: number, MetricName: string, id: string, Stat: string) => ({ Id: `${id}${i}`, MetricStat: { Metric: { ...m, MetricName }, Period, Stat } });
  const answer = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(from),
      EndTime: new Date(to),
      ScanBy: 'TimestampDescending',
      MetricDataQueries: metrics.flatMap((m, i) => [query(m, i, 'NodeReady', 'ready', 'Minimum'), query(m, i, 'NodeProblems', 'problems', 'Maximum')]),
    }),
    { abortSignal },
  );
  const result = (id: string) => answer.MetricDataResults?.find((r) => r.Id === id);
  const named = (m: Metric, dimension: string) => m.Dimensions?.find((d) => d.Name === dimension)?.Value ?? '–';
  return metrics.map((m, i) => {
    const ready = result(`ready${i}`);
    return { name: named(m, 'Node'), host: named(m, 'Host'), seen: ready?.Timestamps?.[0], ready: ready?.Values?.[0] === 1, problems: result(`problems${i}`)?.Values?.[0] };
  });
}

/** Answering is what the node that answers this page says of itself. */
export interface Answering {
  ready: boolean;
  reasons: Record<string, string>;
}

export async function answering(signal: AbortSignal): Promise<Answering> {
  const res = await fetch('/readyz', { signal });
  const body = (await res.json()) as Partial<Answering>;
  return { ready: body.ready === true, reasons: body.reasons ?? {} };
}
