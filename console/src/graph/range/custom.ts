// The fields of a custom range, and what is wrong with them.
import { timeOf, type Zone } from '../format/time.ts';
import { maxSpan, parseRelative, secondsOf, type Range, type Relative } from './range.ts';

export interface AbsoluteFields {
  fromDate: string;
  fromTime: string;
  toDate: string;
  toTime: string;
}

export type Faults<T> = Partial<Record<keyof T, string>>;

export interface Checked<T> {
  faults: Faults<T>;
  range?: Range;
}

const dateRule = 'Enter a date as YYYY/MM/DD.';
const timeRule = 'Enter a time as hh:mm:ss, with 24 hours.';

const isDate = (date: string) => timeOf({ date, time: '12:00:00' }, 'UTC') !== undefined;
const isTime = (time: string) => timeOf({ date: '2000-01-01', time }, 'UTC') !== undefined;

/** checkAbsolute reads a range from one moment to another. */
export function checkAbsolute(f: AbsoluteFields, zone: Zone, now: Date): Checked<AbsoluteFields> {
  const faults: Faults<AbsoluteFields> = {};
  if (!isDate(f.fromDate)) faults.fromDate = dateRule;
  if (!isTime(f.fromTime)) faults.fromTime = timeRule;
  if (!isDate(f.toDate)) faults.toDate = dateRule;
  if (!isTime(f.toTime)) faults.toTime = timeRule;
  if (Object.keys(faults).length) return { faults };
  const from = timeOf({ date: f.fromDate, time: f.fromTime }, zone)!;
  const to = timeOf({ date: f.toDate, time: f.toTime }, zone)!;
  if (to <= from) faults[f.fromDate === f.toDate ? 'toTime' : 'toDate'] = 'The end must be after the start.';
  else if (from > now) faults.fromDate = 'The start must not be in the future.';
  else if (now.getTime() - from.getTime() > maxSpan * 1000) faults.fromDate = 'Metrics are kept for 15 months (455 days). Enter a later start.';
  return Object.keys(faults).length ? { faults } : { faults, range: { from, to } };
}

export interface RelativeFields {
  amount: string;
  unit: string;
}

/** checkRelative reads the last so many minutes, hours, days or weeks. */
export function checkRelative(f: RelativeFields): Checked<RelativeFields> {
  const text = `${f.amount.trim()}${f.unit}`;
  if (!parseRelative(text)) return { faults: { amount: 'Enter a whole number of at least 1.' } };
  if (secondsOf(text) > maxSpan) return { faults: { amount: 'Metrics are kept for 15 months (455 days). Enter less.' } };
  return { faults: {}, range: { relative: text as Relative } };
}
