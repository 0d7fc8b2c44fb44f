// Metric widgets of dashboards, both ways. The `metrics` of a widget are lists: namespace, name,
// then names and values of dimensions, then perhaps options; "." stands for the item at the
// same place of the list before, and "..." for all items up to those that follow it.
//
// Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
import { freeId, type GraphAxis, type GraphQuery, type GraphSpec, type HorizontalAnnotation, type VerticalAnnotation } from './graph.ts';

type Json = Record<string, unknown>;

/** The properties of a widget of the type "metric". */
export interface WidgetProperties extends Json {
  metrics?: unknown[];
}

const text = (v: unknown) => (typeof v === 'string' ? v : undefined);
const number = (v: unknown) => (typeof v === 'number' && Number.isFinite(v) ? v : undefined);
const object = (v: unknown): Json => (typeof v === 'object' && v !== null && !Array.isArray(v) ? (v as Json) : {});
const list = (v: unknown): unknown[] => (Array.isArray(v) ? v : []);

/** without drops what is undefined, so that equal things are equal as JSON too. */
const without = <T extends object>(o: T): T => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as T;

/** fromWidget reads the properties of a metric widget. What is no metric in it is left out. */
export function fromWidget(p: WidgetProperties): GraphSpec {
  const queries: GraphQuery[] = [];
  let before: string[] = [];
  const rows = list(p.metrics).map((row) => {
    const items = list(row);
    const options = object(items.at(-1));
    const own = items.filter((i) => typeof i === 'string');
    if (own.length) before = spelled(own, before);
    return { options, path: own.length ? before : [] };
  });
  // Ids that are given come first: those that are made up must not be among them.
  const given = rows.map(({ options }) => ({ id: text(options.id) ?? '' }));
  for (const { options, path } of rows) {
    const isExpression = text(options.expression) !== undefined;
    if (!isExpression && path.length < 2) continue;
    queries.push(query(options, path, text(options.id) ?? freeId([...given, ...queries], isExpression ? 'e' : 'm')));
  }
  const axes = object(p.yAxis);
  const annotations = readAnnotations(object(p.annotations));
  return without<GraphSpec>({
    title: text(p.title),
    queries,
    view: p.view === 'singleValue' ? 'number' : p.stacked === true ? 'stacked' : 'line',
    stat: text(p.stat),
    period: number(p.period),
    region: text(p.region),
    left: axis(axes.left),
    right: axis(axes.right),
    annotations,
  });
}

/** spelled writes out the shorthand of a list. */
function spelled(items: string[], before: string[]): string[] {
  const at = items.indexOf('...');
  if (at >= 0) {
    const rest = items.slice(at + 1);
    items = [...items.slice(0, at), ...before.slice(at, Math.max(at, before.length - rest.length)), ...rest];
  }
  return items.map((item, i) => (item === '.' ? (before[i] ?? item) : item));
}

function query(o: Json, path: string[], id: string): GraphQuery {
  const dimensions: Record<string, string> = {};
  for (let i = 2; i + 1 < path.length; i += 2) dimensions[path[i]] = path[i + 1];
  const common = {
    id,
    label: text(o.label),
    color: colour(o.color),
    axis: o.yAxis === 'right' ? ('right' as const) : undefined,
    visible: o.visible === false ? false : undefined,
    period: number(o.period),
  };
  const expression = text(o.expression);
  if (expression !== undefined) return without<GraphQuery>({ ...common, expression });
  return without<GraphQuery>({ ...common, namespace: path[0], metric: path[1], dimensions: path.length > 2 ? dimensions : undefined, stat: text(o.stat) });
}

/** colour takes colours only: what is drawn is never anything else that a body has. */
const colour = (v: unknown) => (typeof v === 'string' && /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(v) ? v : undefined);

function axis(v: unknown): GraphAxis | undefined {
  const o = object(v);
  const a = without<GraphAxis>({ min: number(o.min), max: number(o.max), label: text(o.label) });
  return Object.keys(a).length ? a : undefined;
}

function readAnnotations(o: Json): GraphSpec['annotations'] {
  const horizontal = list(o.horizontal)
    .map(object)
    .filter((h) => number(h.value) !== undefined)
    .map((h) =>
      without<HorizontalAnnotation>({
        value: number(h.value)!,
        label: text(h.label),
        color: colour(h.color),
        fill: h.fill === 'above' || h.fill === 'below' ? h.fill : undefined,
        axis: h.yAxis === 'right' ? 'right' : undefined,
      }),
    );
  const vertical = list(o.vertical)
    .map(object)
    .filter((v) => !Number.isNaN(Date.parse(text(v.value) ?? '')))
    .map((v) => without<VerticalAnnotation>({ time: new Date(text(v.value)!), label: text(v.label), color: colour(v.color) }));
  if (!horizontal.length && !vertical.length) return undefined;
  return without({ horizontal: horizontal.length ? horizontal : undefined, vertical: vertical.length ? vertical : undefined });
}

/** What toWidget writes anew; all else that a widget had stays as it was. */
const written = ['title', 'metrics', 'view', 'stacked', 'stat', 'period', 'region', 'yAxis', 'annotations'];

/**
 * toWidget writes the properties of a metric widget. Of base, the widget as it was, it keeps what
 * a spec does not tell, such as other views.
 */
export function toWidget(spec: GraphSpec, region: string, base: WidgetProperties = {}): WidgetProperties {
  const kept = Object.fromEntries(Object.entries(base).filter(([name]) => !written.includes(name)));
  const yAxis = without({ left: axisOf(spec.left, base, 'left'), right: axisOf(spec.right, base, 'right') });
  const annotations = writeAnnotations(spec, object(base.annotations));
  const otherView = text(base.view) && !['timeSeries', 'singleValue'].includes(text(base.view)!) && spec.view === 'line';
  return without<WidgetProperties>({
    ...kept,
    title: spec.title,
    metrics: spec.queries.map(row),
    view: otherView ? base.view : spec.view === 'number' ? 'singleValue' : 'timeSeries',
    stacked: spec.view === 'stacked',
    stat: spec.stat,
    period: spec.period,
    region: spec.region ?? region,
    yAxis: Object.keys(yAxis).length ? yAxis : undefined,
    annotations,
  });
}

function axisOf(a: GraphAxis | undefined, base: WidgetProperties, side: string): Json | undefined {
  const { min: _, max: __, label: ___, ...kept } = object(object(base.yAxis)[side]);
  const all = { ...kept, ...a };
  return Object.keys(all).length ? all : undefined;
}

function row(q: GraphQuery): unknown[] {
  const { id, label, color, visible, period, axis, stat, expression } = q;
  const options = without<Json>({ expression, label, id, color, visible: visible === false ? false : undefined, period, stat, yAxis: axis === 'right' ? 'right' : undefined });
  if (expression !== undefined) return [options];
  return [q.namespace, q.metric, ...Object.entries(q.dimensions ?? {}).flat(), options];
}

function writeAnnotations(spec: GraphSpec, base: Json): Json | undefined {
  const { horizontal: _, vertical: __, ...kept } = base;
  const { horizontal, vertical } = spec.annotations ?? {};
  const all = without({
    ...kept,
    horizontal: horizontal?.map(({ axis, ...h }) => without({ ...h, yAxis: axis === 'right' ? 'right' : undefined })),
    vertical: vertical?.map(({ time, ...v }) => without({ value: time.toISOString(), ...v })),
  });
  return Object.keys(all).length ? all : undefined;
}
