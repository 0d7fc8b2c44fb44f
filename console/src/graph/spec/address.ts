// Graphs in addresses: a graph can be sent to somebody as a link, and handed to the metrics
// explorer and to the wizard of alarms.
import type { Range } from '../range/range.ts';
import { decodeRange, encodeRange } from '../range/range.ts';
import type { GraphSpec, HorizontalAnnotation } from './graph.ts';
import { fromWidget, toWidget } from './widget.ts';

/** encodeSpec writes a graph as a text for an address: JSON of a widget, which people can read. */
export const encodeSpec = (spec: GraphSpec) => JSON.stringify({ ...toWidget(spec, spec.region ?? ''), region: spec.region, unit: spec.unit });

/** decodeSpec reads what encodeSpec wrote; undefined if it is nothing of the kind. */
export function decodeSpec(encoded: string | null | undefined): GraphSpec | undefined {
  if (!encoded) return undefined;
  try {
    const o: unknown = JSON.parse(encoded);
    if (typeof o !== 'object' || o === null || !Array.isArray((o as { metrics?: unknown }).metrics)) return undefined;
    const spec = fromWidget(o as Record<string, unknown>);
    const { unit } = o as { unit?: unknown };
    if (typeof unit === 'string') spec.unit = unit;
    return spec;
  } catch {
    return undefined;
  }
}

const withGraph = (path: string, spec: GraphSpec, more: Record<string, string | undefined> = {}) => {
  const q = new URLSearchParams({ graph: encodeSpec(spec) });
  for (const [name, value] of Object.entries(more)) if (value !== undefined) q.set(name, value);
  return `${path}?${q}`;
};

/** metricsPath is the screen "All metrics" with this graph. */
export const metricsPath = (spec: GraphSpec, range?: Range) => withGraph('/cloudwatch/metrics', spec, { range: range && encodeRange(range) });

/** graphPath is the screen that shows this graph alone. */
export const graphPath = (spec: GraphSpec, range?: Range) => withGraph('/cloudwatch/graph', spec, { range: range && encodeRange(range) });

/** What the wizard of alarms is filled in with; the names are those of PutMetricAlarm. */
export interface AlarmDraft {
  comparison?: 'GreaterThanThreshold' | 'GreaterThanOrEqualToThreshold' | 'LessThanThreshold' | 'LessThanOrEqualToThreshold';
  threshold?: number;
  /** seconds */
  period?: number;
  name?: string;
  description?: string;
  treatMissingData?: string;
  /** where the wizard goes back to */
  back?: string;
}

/** alarmPath is the wizard of alarms for what the graph shows. */
export const alarmPath = (spec: GraphSpec, draft: AlarmDraft = {}) =>
  withGraph('/cloudwatch/alarms/create/metric', spec, { ...draft, threshold: draft.threshold?.toString(), period: draft.period?.toString() });

/** decodeAlarm reads what alarmPath wrote. */
export function decodeAlarm(q: URLSearchParams): { spec?: GraphSpec; draft: AlarmDraft } {
  const number = (name: string) => {
    const n = Number(q.get(name) ?? NaN);
    return Number.isFinite(n) ? n : undefined;
  };
  const comparisons: readonly (string | null)[] = ['GreaterThanThreshold', 'GreaterThanOrEqualToThreshold', 'LessThanThreshold', 'LessThanOrEqualToThreshold'];
  const comparison = comparisons.includes(q.get('comparison')) ? (q.get('comparison') as AlarmDraft['comparison']) : undefined;
  const draft: AlarmDraft = { comparison, threshold: number('threshold'), period: number('period') };
  for (const name of ['name', 'description', 'treatMissingData', 'back'] as const) draft[name] = q.get(name) ?? undefined;
  return { spec: decodeSpec(q.get('graph')), draft };
}

/** rangeOf reads the range of an address. */
export const rangeOf = (q: URLSearchParams): Range | undefined => decodeRange(q.get('range'));

/** thresholdOf draws the threshold of an alarm: the side that alarms is filled. */
export const thresholdOf = (draft: AlarmDraft): HorizontalAnnotation[] =>
  draft.threshold === undefined
    ? []
    : [{ value: draft.threshold, color: '#d13212', fill: draft.comparison?.startsWith('Less') ? 'below' : draft.comparison ? 'above' : undefined }];
