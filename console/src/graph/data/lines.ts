// Lines of a graph, and what is read off them. Periods without a value are gaps, never zeros.
import type { GraphQuery } from '../spec/graph.ts';

export interface Line {
  /** tells this line from all others, in the next answer too */
  key: string;
  label: string;
  query: GraphQuery;
  /** seconds */
  period: number;
  /** beginnings of periods in milliseconds, the oldest first */
  times: number[];
  values: number[];
}

/** The sign that stands where there is no value. */
export const none = '–';

/** before is the place of the last time that is not after t; -1 if there is none. */
function before(times: readonly number[], t: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** valueAt is the value of the period in which t is. */
export function valueAt(line: Line, t: number): number | undefined {
  const i = before(line.times, t);
  return i >= 0 && t < line.times[i] + line.period * 1000 ? line.values[i] : undefined;
}

/** gapped are the points of a line as they are drawn: null breaks the line. */
export function gapped(line: Line): [number, number | null][] {
  const step = line.period * 1000;
  const points: [number, number | null][] = [];
  line.times.forEach((t, i) => {
    if (i > 0 && t - line.times[i - 1] > step) points.push([line.times[i - 1] + step, null]);
    points.push([t, line.values[i]]);
  });
  return points;
}

/** lone are the points between two gaps: no line shows them. */
export function lone(line: Line): [number, number][] {
  const step = line.period * 1000;
  const points: [number, number][] = [];
  line.times.forEach((t, i) => {
    const left = i > 0 && t - line.times[i - 1] <= step;
    const right = i + 1 < line.times.length && line.times[i + 1] - t <= step;
    if (!left && !right) points.push([t, line.values[i]]);
  });
  return points;
}

/** timesOf are all times at which a line has a value, the oldest first. */
export function timesOf(lines: readonly Line[]): number[] {
  const all = new Set<number>();
  for (const l of lines) for (const t of l.times) all.add(t);
  return [...all].sort((a, b) => a - b);
}

/** stackable gives all lines the same times: what is stacked is added place by place. */
export function stackable(lines: readonly Line[]): [number, number | null][][] {
  const step = Math.min(...lines.map((l) => l.period)) * 1000;
  const times = timesOf(lines);
  const grid: number[] = [];
  times.forEach((t, i) => {
    if (i > 0 && t - times[i - 1] > step) grid.push(times[i - 1] + step);
    grid.push(t);
  });
  return lines.map((l) => grid.map((t) => [t, valueAt(l, t) ?? null]));
}

/** entriesAt are all lines with their values at a time: the highest first, those without one last. */
export function entriesAt(lines: readonly Line[], t: number): { line: Line; value?: number }[] {
  const rank = (v: number | undefined) => v ?? -Infinity;
  return lines.map((line) => ({ line, value: valueAt(line, t) })).sort((a, b) => (rank(a.value) === rank(b.value) ? 0 : rank(b.value) - rank(a.value)));
}

export const isEmpty = (lines: readonly Line[]) => lines.every((l) => l.times.length === 0);

/** dimensionsOf says the dimensions of a line in words; "" for what expressions find. */
export const dimensionsOf = (line: Line) =>
  Object.entries(line.query.dimensions ?? {})
    .map(([name, value]) => `${name}: ${value}`)
    .join(', ');
