// Times as the fields of forms have them, in the zone that was chosen.
export type Zone = 'UTC' | 'local';

const two = (n: number) => String(n).padStart(2, '0');

interface Parts {
  date: string;
  time: string;
}

/** partsOf writes a time as the fields of a form have it: 2026-11-26 and 23:40:05. */
export function partsOf(t: Date, zone: Zone): Parts {
  if (zone === 'UTC') {
    const iso = t.toISOString();
    return { date: iso.slice(0, 10), time: iso.slice(11, 19) };
  }
  return {
    date: `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())}`,
    time: `${two(t.getHours())}:${two(t.getMinutes())}:${two(t.getSeconds())}`,
  };
}

/** timeOf reads fields; undefined if they are no time. */
export function timeOf({ date, time }: Parts, zone: Zone): Date | undefined {
  const d = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  const t = /^(\d{2}):(\d{2})(?::(\d{2}))?$/.exec(time);
  if (!d || !t) return undefined;
  const numbers: [number, number, number, number, number, number] = [+d[1], +d[2] - 1, +d[3], +t[1], +t[2], +(t[3] ?? 0)];
  const at = zone === 'UTC' ? new Date(Date.UTC(...numbers)) : new Date(...numbers);
  // February 30 is March 1 to Date; here it is no date. An hour that a change of the clocks leaves out is moved, not refused.
  const day = zone === 'UTC' ? at.getUTCDate() : at.getDate();
  return numbers[1] > 11 || day !== numbers[2] || numbers[3] > 23 || numbers[4] > 59 || numbers[5] > 59 ? undefined : at;
}

/** offsetOf is a zone's offset as GetMetricData's LabelOptions have it. */
export function offsetOf(zone: Zone, at: Date): string {
  const minutes = zone === 'UTC' ? 0 : -at.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
}
