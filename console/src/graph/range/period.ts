// Periods: what people choose from, and what there is data for.

export interface Choice {
  value: number;
  text: string;
}

/** The period options of an enlarged graph. */
export const periods: readonly Choice[] = [
  { value: 1, text: '1 second' },
  { value: 5, text: '5 seconds' },
  { value: 10, text: '10 seconds' },
  { value: 30, text: '30 seconds' },
  { value: 60, text: '1 minute' },
  { value: 300, text: '5 minutes' },
  { value: 900, text: '15 minutes' },
  { value: 3600, text: '1 hour' },
  { value: 21600, text: '6 hours' },
  { value: 86400, text: '1 day' },
  { value: 604800, text: '7 days' },
  { value: 2592000, text: '30 days' },
];

/** The refresh options; 0 is off. */
export const refreshes: readonly Choice[] = [
  { value: 0, text: 'Off' },
  { value: 10, text: '10 seconds' },
  { value: 60, text: '1 minute' },
  { value: 120, text: '2 minutes' },
  { value: 300, text: '5 minutes' },
  { value: 900, text: '15 minutes' },
];

export const periodText = (seconds: number) =>
  periods.find((p) => p.value === seconds)?.text ?? (seconds % 86400 === 0 ? `${seconds / 86400} days` : seconds % 3600 === 0 ? `${seconds / 3600} hours` : seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} seconds`);

// How long CloudWatch keeps each resolution. Asked for less than there is, it has nothing.
const kept = [
  { seconds: 1, for: 3 * 3600 },
  { seconds: 60, for: 15 * 86400 },
  { seconds: 300, for: 63 * 86400 },
  { seconds: 3600, for: Infinity },
];

/** leastPeriod is the finest period that data from a time on have. */
export function leastPeriod(from: Date, now: Date): number {
  const age = (now.getTime() - from.getTime()) / 1000;
  // The beginning is rounded down by up to a minute, which makes no coarser period of three hours.
  return kept.find((k) => age <= k.for + 60)!.seconds;
}

/** aligned rounds a range out to whole periods, where CloudWatch has the beginnings of periods. */
export function aligned(from: Date, to: Date, period: number): { from: Date; to: Date } {
  const ms = period * 1000;
  return { from: new Date(Math.floor(from.getTime() / ms) * ms), to: new Date(Math.ceil(to.getTime() / ms) * ms) };
}
