// Times, as the AWS console writes them, in the time zone that the person prefers.
import { usePreferences } from '../app/preferences';

type Moment = Date | number | string | undefined;

/** asDate reads what the APIs give: dates, and numbers of seconds since 1970. */
export function asDate(t: Moment): Date | undefined {
  if (t === undefined || t === '') return undefined;
  const d = typeof t === 'number' ? new Date(t * 1000) : new Date(t);
  return Number.isNaN(d.getTime()) ? undefined : d;
}

/** formatTime writes "Nov 26, 2026, 23:20:05 (UTC+00:00)". */
export function formatTime(t: Moment, zone: 'UTC' | 'local', seconds = false): string {
  const d = asDate(t);
  if (!d) return '–';
  const text = d.toLocaleString('en-US', {
    timeZone: zone === 'UTC' ? 'UTC' : undefined,
    year: 'numeric',
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: seconds ? '2-digit' : undefined,
    hourCycle: 'h23',
  });
  const minutes = zone === 'UTC' ? 0 : -d.getTimezoneOffset();
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  return `${text} (UTC${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)})`;
}

export function Time({ at, seconds }: { at: Moment; seconds?: boolean }) {
  const { zone } = usePreferences();
  const d = asDate(at);
  if (!d) return <>–</>;
  return (
    <time dateTime={d.toISOString()} title={d.toISOString()}>
      {formatTime(d, zone, seconds)}
    </time>
  );
}
