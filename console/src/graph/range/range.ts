// The time that a graph shows: the last three hours, or from one moment to another.

export type Relative = `${number}${'m' | 'h' | 'd' | 'w'}`;
export type Range = { relative: Relative } | { from: Date; to: Date };

export const quickRanges: readonly Relative[] = ['1h', '3h', '12h', '1d', '3d', '1w'];
export const defaultRange: Range = { relative: '3h' };

const unitSeconds = { m: 60, h: 3600, d: 86400, w: 604800 } as const;
const unitNames = { m: 'minute', h: 'hour', d: 'day', w: 'week' } as const;

/** maxSpan is how far CloudWatch goes back: 15 months, which are 455 days. */
export const maxSpan = 455 * 86400;

/** parseRelative reads 90m, 3h, 2d or 1w. */
export function parseRelative(text: string): { amount: number; unit: keyof typeof unitSeconds } | undefined {
  const m = /^([1-9]\d{0,6})([mhdw])$/.exec(text);
  return m ? { amount: Number(m[1]), unit: m[2] as keyof typeof unitSeconds } : undefined;
}

/** secondsOf is the length of a relative range; that of the default if it can't be read. */
export function secondsOf(relative: string): number {
  const r = parseRelative(relative) ?? { amount: 3, unit: 'h' as const };
  return r.amount * unitSeconds[r.unit];
}

/** nameOf says a relative range in words: "3 hours". */
export function nameOf(relative: string): string {
  const r = parseRelative(relative);
  return r ? `${r.amount} ${unitNames[r.unit]}${r.amount === 1 ? '' : 's'}` : relative;
}

/** resolve finds the two moments of a range. */
export function resolve(range: Range, now: Date): { from: Date; to: Date } {
  if ('relative' in range) return { from: new Date(now.getTime() - secondsOf(range.relative) * 1000), to: now };
  return range;
}

export const encodeRange = (r: Range) => ('relative' in r ? r.relative : `${r.from.toISOString()}~${r.to.toISOString()}`);

/** decodeRange reads what encodeRange wrote. */
export function decodeRange(text: string | null | undefined): Range | undefined {
  if (!text) return undefined;
  if (parseRelative(text)) return { relative: text as Relative };
  const [from, to, more] = text.split('~').map((t) => new Date(t));
  return !to || more || Number.isNaN(from.getTime()) || !(to > from) ? undefined : { from, to };
}

export const sameRange = (a: Range, b: Range) => encodeRange(a) === encodeRange(b);
