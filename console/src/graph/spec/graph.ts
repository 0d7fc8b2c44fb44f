// THE GRAPH of the console. What is shown is one plain value, a GraphSpec, which every part
// understands:
//
//   spec/widget.ts   to and from the metric widgets of dashboards, as PutDashboard stores them
//   spec/address.ts  to and from addresses: "View in metrics", "Create alarm", a shared graph
//   data/load.ts     from GetMetricData to lines; the Range says which time
//   chart/           from lines to a canvas; loaded when the first graph is shown
//   Graph.tsx        one graph with its menu; GraphSection.tsx several under one bar of ranges
//
// A graph shows its spec and no more: range, period and refreshing come from what is around it
// (GraphControls in range/controls.ts), so that several graphs follow one bar, and the enlarged
// one has its own, which end with it. Zooming is each graph's own and asks for no data.

/** A line, or several where an expression finds several: the members of MetricDataQuery. */
export interface GraphQuery {
  /** what expressions call it: m1, e1 */
  id: string;
  namespace?: string;
  metric?: string;
  dimensions?: Record<string, string>;
  /** statistic, such as Sum, Average or p99; the spec's where it is missing */
  stat?: string;
  /** seconds; the spec's where it is missing */
  period?: number;
  /** metric math or SEARCH, in place of namespace and metric. Without a third argument, SEARCH follows the graph's period. */
  expression?: string;
  label?: string;
  color?: string;
  axis?: 'left' | 'right';
  /** false for what only expressions use */
  visible?: boolean;
}

export interface GraphAxis {
  min?: number;
  max?: number;
  label?: string;
}

export interface HorizontalAnnotation {
  value: number;
  label?: string;
  color?: string;
  fill?: 'above' | 'below';
  axis?: 'left' | 'right';
}

export interface VerticalAnnotation {
  time: Date;
  label?: string;
  color?: string;
}

/** A span of time in the state of an alarm, drawn behind the lines. Dashboards do not keep these. */
export interface StateBand {
  from: Date;
  to: Date;
  state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
}

export interface GraphSpec {
  title?: string;
  queries: GraphQuery[];
  /** 'line' if it is missing; 'number' shows the last value of each line */
  view?: 'line' | 'stacked' | 'number';
  /** statistic of queries without one; Average if it is missing */
  stat?: string;
  /** period of queries without one; 300 seconds if it is missing */
  period?: number;
  /** unit of the values, in CloudWatch's words: Count, Milliseconds, Percent, Bytes; "Days" too */
  unit?: string;
  left?: GraphAxis;
  right?: GraphAxis;
  annotations?: {
    horizontal?: HorizontalAnnotation[];
    vertical?: VerticalAnnotation[];
    bands?: StateBand[];
  };
  /** Region of the metrics, where it is not the screen's */
  region?: string;
}

export const defaultPeriod = 300;
export const defaultStat = 'Average';

/** isExpression tells metric math and searches from metrics. */
export const isExpression = (q: GraphQuery) => q.expression !== undefined;

/** metricOf reads a query that is one metric. */
export const metricOf = (q: GraphQuery) => ({ Namespace: q.namespace, MetricName: q.metric, Dimensions: Object.entries(q.dimensions ?? {}).map(([Name, Value]) => ({ Name, Value })) });

/** freeId is an id that no query has: m3 or e2. */
export function freeId(queries: readonly GraphQuery[], letter: 'm' | 'e'): string {
  const taken = new Set(queries.map((q) => q.id));
  for (let i = 1; ; i++) if (!taken.has(`${letter}${i}`)) return `${letter}${i}`;
}
