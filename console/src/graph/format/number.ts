// Values with their units. Axes are short (1.5K, 20M); pop-ups and tables say the value itself.

const signs: Record<string, string> = {
  Percent: '%',
  Seconds: 's',
  Milliseconds: 'ms',
  Microseconds: 'µs',
  Bytes: 'B',
  Kilobytes: 'kB',
  Megabytes: 'MB',
  Gigabytes: 'GB',
  Terabytes: 'TB',
  Bits: 'b',
  Kilobits: 'kb',
  Megabits: 'Mb',
  Gigabits: 'Gb',
  Terabits: 'Tb',
  Days: 'days',
};

/** signOf is the short sign of a unit: ms, %, B/s; "" for counts and no unit. */
export function signOf(unit: string | undefined): string {
  if (!unit || unit === 'None' || unit === 'Count') return '';
  const [base, per] = unit.split('/');
  const sign = base === 'Count' ? '' : (signs[base] ?? base);
  return per === 'Second' ? `${sign}/s` : sign;
}

const withSign = (number: string, unit: string | undefined) => {
  const sign = signOf(unit);
  return !sign ? number : sign === '%' ? `${number}%` : `${number} ${sign}`;
};

const exact = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 15 });
const plain = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 6 });

/** formatExact writes a number with all its digits. */
export const formatExact = (v: number) => exact.format(v);

/** formatValue writes a value as pop-ups show it: whole numbers are whole, others have six digits. */
export const formatValue = (v: number, unit?: string) => withSign(Number.isInteger(v) ? exact.format(v) : plain.format(v), unit);

const steps = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

/** formatShort writes a number of an axis. */
export function formatShort(v: number, unit?: string): string {
  const size = Math.abs(v);
  if (size !== 0 && size < 0.001) return withSign(v.toExponential(), unit);
  const step = size < 1000 ? 0 : Math.min(steps.length - 1, Math.floor(Math.log10(size) / 3 + 1e-9));
  const number = Number((v / 1000 ** step).toPrecision(6));
  const sign = signOf(unit);
  return !sign || sign === '%' ? `${number}${steps[step]}${sign}` : `${number}${steps[step] ? ` ${steps[step]}` : ' '}${sign}`;
}
