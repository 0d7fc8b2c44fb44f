// When imported key material is to expire: what was entered, and what is wrong with it.

export interface Expiry {
  expires: boolean;
  /** YYYY-MM-DD */
  date: string;
  /** hh:mm or hh:mm:ss */
  time: string;
}

export const noExpiry: Expiry = { expires: false, date: '', time: '' };

const longest = 365 * 24 * 3600 * 1000;

/** momentOf is the time that was entered, in the time zone that the person prefers. */
export function momentOf({ date, time }: Expiry, zone: 'UTC' | 'local'): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || !/^\d{2}:\d{2}(:\d{2})?$/.test(time)) return undefined;
  const at = new Date(`${date}T${time}${zone === 'UTC' ? 'Z' : ''}`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** expiryErrors says what is wrong beside which field. */
export function expiryErrors(expiry: Expiry, zone: 'UTC' | 'local', now: Date): { date?: string; time?: string } {
  if (!expiry.expires) return {};
  if (!/^\d{4}-\d{2}-\d{2}$/.test(expiry.date)) return { date: 'Enter a date as YYYY/MM/DD.', time: /^\d{2}:\d{2}(:\d{2})?$/.test(expiry.time) ? undefined : 'Enter a time as hh:mm:ss.' };
  if (!/^\d{2}:\d{2}(:\d{2})?$/.test(expiry.time)) return { time: 'Enter a time as hh:mm:ss.' };
  const at = momentOf(expiry, zone);
  if (!at) return { date: 'There is no such date.' };
  if (at <= now) return { date: 'The time of expiration must be in the future.' };
  if (at.getTime() > now.getTime() + longest) return { date: 'The time of expiration can be at most 365 days from now.' };
  return {};
}
