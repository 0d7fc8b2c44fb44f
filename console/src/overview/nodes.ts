// The health of nodes: each writes the metrics NodeReady and NodeProblems once a minute into the
// operator's account; a node without a new sample is silent. Other accounts see what the node
// says of itself that answers them.
import { CloudWatchClient, GetMetricDataCommand, ListMetricsCommand, type Metric } from '@aws-sdk/client-cloudwatch';
import { everything } from '../app/load';

export interface Node {
  name: string;
  host: string;
  /** the newest sample; a node has none if it has been silent for longer than is looked at */
  seen?: Date;
  ready?: boolean;
  problems?: number;
}

/** lately is how far back samples are looked for: nodes that are silent for longer are gone. */
const lately = 24 * 60 * 60 * 1000;
/** silentAfter is the age of the newest sample from which a node counts as silent. */
export const silentAfter = 5 * 60 * 1000;
const most = 100;

export async function nodes(cloudwatch: CloudWatchClient, now: Date, abortSignal: AbortSignal): Promise<Node[]> {
  const metrics = await everything<Metric>(async (NextToken) => {
    const page = await cloudwatch.send(new ListMetricsCommand({ Namespace: 'Keystead', MetricName: 'NodeReady', NextToken }), { abortSignal });
    return { items: page.Metrics, next: page.NextToken };
  }, abortSignal);
  const some = metrics.slice(0, most);
  if (some.length === 0) return [];
  const query = (m: Metric, i: number, MetricName: string, id: string, Stat: string) => ({ Id: `${id}${i}`, MetricStat: { Metric: { ...m, MetricName }, Period: 60, Stat } });
  const answer = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(now.getTime() - lately),
      EndTime: new Date(now.getTime() + 60_000),
      ScanBy: 'TimestampDescending',
      MaxDatapoints: some.length * 2 * 1500,
      MetricDataQueries: some.flatMap((m, i) => [query(m, i, 'NodeReady', 'ready', 'Minimum'), query(m, i, 'NodeProblems', 'problems', 'Maximum')]),
    }),
    { abortSignal },
  );
  const newest = (id: string) => answer.MetricDataResults?.find((r) => r.Id === id);
  const named = (m: Metric, dimension: string) => m.Dimensions?.find((d) => d.Name === dimension)?.Value ?? '–';
  return some
    .map((m, i) => {
      const ready = newest(`ready${i}`);
      return { name: named(m, 'Node'), host: named(m, 'Host'), seen: ready?.Timestamps?.[0], ready: ready?.Values?.[0] === 1, problems: newest(`problems${i}`)?.Values?.[0] };
    })
    .filter((n) => n.seen !== undefined);
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
