// From lines to what ECharts draws.
import { gapped, isEmpty, lone, stackable, type Line } from '../data/lines.ts';
import { formatShort } from '../format/number.ts';
import type { Zone } from '../format/time.ts';
import type { GraphAxis, GraphSpec, HorizontalAnnotation } from '../spec/graph.ts';
import { ink, stateColors } from './colors.ts';

export interface Drawing {
  spec: GraphSpec;
  lines: readonly (Line & { color: string })[];
  from: Date;
  to: Date;
  zone: Zone;
  dark: boolean;
}

/** More points than this are thinned out to what the screen shows; the extremes stay. */
const many = 2000;

/** How many parts an axis of values has, about. */
const splits = 4;

type Extent = { min: number; max: number };
type Json = Record<string, unknown>;

const sideOf = (o: { axis?: 'left' | 'right' }) => (o.axis === 'right' ? 1 : 0);

/** How the axis of time writes its marks: a day is no number alone. */
const timeLabels = { year: '{yyyy}', month: '{MM}/{dd}', day: '{MM}/{dd}', hour: '{HH}:{mm}', minute: '{HH}:{mm}', second: '{HH}:{mm}:{ss}', millisecond: '{HH}:{mm}:{ss}' };

/** option is the whole picture, but for pop-ups and zoom. */
export function option(d: Drawing): Json {
  const colors = ink(d.dark);
  const horizontal = d.spec.annotations?.horizontal ?? [];
  const right = d.lines.some((l) => l.query.axis === 'right') || horizontal.some((h) => h.axis === 'right');
  const sides: (GraphAxis | undefined)[] = right ? [d.spec.left, d.spec.right] : [d.spec.left];
  return {
    animation: false,
    useUTC: d.zone === 'UTC',
    textStyle: { fontFamily: "'Open Sans', 'Helvetica Neue', Roboto, Arial, sans-serif" },
    grid: { left: 8, right: right ? 8 : 16, top: sides.some((s) => s?.label) ? 28 : 12, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: 'time',
      min: d.from.getTime(),
      max: d.to.getTime(),
      axisLine: { lineStyle: { color: colors.line } },
      axisTick: { lineStyle: { color: colors.line } },
      axisLabel: { color: colors.text, hideOverlap: true, fontSize: 11, formatter: timeLabels },
      splitLine: { show: false },
    },
    yAxis: sides.map((side, i) => yAxis(d, side, i, horizontal.filter((h) => sideOf(h) === i))),
    series: [...drawn(d), ...marks(d, right)],
  };
}

function yAxis(d: Drawing, side: GraphAxis | undefined, i: number, horizontal: readonly HorizontalAnnotation[]): Json {
  const colors = ink(d.dark);
  const unit = d.spec.unit;
  const levels = horizontal.map((h) => h.value);
  const empty = isEmpty(d.lines.filter((l) => sideOf(l.query) === i)) && !levels.length;
  // Small changes of large values are seen; all else begins at zero. Thresholds are always in sight.
  const low = (e: Extent) => {
    const min = Math.min(e.min, ...levels);
    const max = Math.max(e.max, ...levels);
    if (!Number.isFinite(min)) return 0;
    if (min >= 0 && (max === min || max - min > 0.25 * max)) return 0;
    return levels.some((v) => v < e.min) ? min - 0.05 * (max - min) : null;
  };
  const high = (e: Extent) => {
    const above = levels.filter((v) => !(v <= e.max));
    return above.length ? rounded(Math.max(...above) * 1.05) : null;
  };
  return {
    type: 'value',
    scale: true,
    position: i ? 'right' : 'left',
    min: side?.min ?? (empty ? 0 : low),
    max: side?.max ?? (empty ? 1 : high),
    name: side?.label,
    nameTextStyle: { color: colors.text, align: i ? 'right' : 'left' },
    splitNumber: splits,
    axisLabel: { color: colors.text, fontSize: 11, formatter: (v: number) => formatShort(v, unit) },
    splitLine: { show: i === 0, lineStyle: { color: colors.line } },
  };
}

/** rounded takes the upper bound of an axis to where a line of its grid is. */
function rounded(v: number): number {
  if (v <= 0) return 0;
  const raw = v / splits;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].find((n) => n * power >= raw)! * power;
  return Number((Math.ceil(v / step - 1e-9) * step).toPrecision(12));
}

function drawn(d: Drawing): Json[] {
  const stacked = d.spec.view === 'stacked';
  const grids = stacked ? stackable(d.lines) : d.lines.map(gapped);
  return d.lines.flatMap((l, i) => {
    const data = grids[i];
    const base = { yAxisIndex: sideOf(l.query), itemStyle: { color: l.color }, animation: false };
    const line: Json = {
      ...base,
      id: l.key,
      type: 'line',
      data,
      sampling: data.length > many ? 'lttb' : undefined,
      // Alone or few: a line of one point is a dot.
      showSymbol: stacked ? data.length < 3 : false,
      symbol: 'circle',
      symbolSize: 7,
      connectNulls: false,
      lineStyle: { color: l.color, width: 1.8 },
      emphasis: { disabled: data.length > many, lineStyle: { width: 1.8 } },
      ...(stacked && { stack: `stack${sideOf(l.query)}`, areaStyle: { color: l.color, opacity: 0.55 } }),
    };
    const dots = stacked ? [] : lone(l);
    if (!dots.length) return [line];
    return [line, { ...base, id: `${l.key}/dots`, type: 'scatter', data: dots, symbolSize: 5, silent: true, tooltip: { show: false }, large: dots.length > many }];
  });
}

/** marks are thresholds, moments and states: each axis has a line without points that bears them. */
function marks(d: Drawing, right: boolean): Json[] {
  const { horizontal = [], vertical = [], bands = [] } = d.spec.annotations ?? {};
  const colors = ink(d.dark);
  const bearer = (side: number, markLine: Json[], markArea: Json[][]): Json => ({
    id: `marks${side}`,
    type: 'line',
    yAxisIndex: side,
    data: [],
    silent: true,
    markLine: { silent: true, symbol: 'none', animation: false, data: markLine },
    markArea: { silent: true, animation: false, data: markArea },
  });
  const label = (text: string | undefined, position: string) => (text ? { show: true, formatter: () => text, position, color: colors.text, fontSize: 11 } : { show: false });
  const of = (side: number) => {
    const own = horizontal.filter((h) => sideOf(h) === side);
    const levels = own.map((h) => ({ yAxis: h.value, lineStyle: { color: h.color ?? '#d13212', type: 'dashed', width: 1.5 }, label: label(h.label, 'insideStartTop') }));
    const fills = own.filter((h) => h.fill).map((h) => [{ yAxis: h.value, itemStyle: { color: h.color ?? '#d13212', opacity: 0.1 } }, { yAxis: h.fill === 'above' ? Infinity : -Infinity }]);
    return { levels, fills };
  };
  const moments = vertical.map((v) => ({ xAxis: v.time.getTime(), lineStyle: { color: v.color ?? '#687078', type: 'solid', width: 1 }, label: label(v.label, 'insideEndTop') }));
  const spans = bands.map((b) => [{ xAxis: Math.max(b.from.getTime(), d.from.getTime()), itemStyle: { color: stateColors[b.state] } }, { xAxis: Math.min(b.to.getTime(), d.to.getTime()) }]);
  const left = of(0);
  const all = [bearer(0, [...left.levels, ...moments], [...left.fills, ...spans])];
  if (right) {
    const { levels, fills } = of(1);
    all.push(bearer(1, levels, fills));
  }
  return all;
}
