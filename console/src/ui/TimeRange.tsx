// A range of time for searches, kept in the address: "1h", or "2026-11-26T10:00:00Z/2026-11-26T12:00:00Z".
import DateRangePicker, { type DateRangePickerProps } from '@cloudscape-design/components/date-range-picker';
import FormField from '@cloudscape-design/components/form-field';
import { useSearchParams } from 'react-router';
import { now } from '../app/clock';
import { usePreferences } from '../app/preferences';

type Value = DateRangePickerProps.Value;
type Unit = DateRangePickerProps.TimeUnit;

const letters: Record<string, Unit> = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week' };
const seconds: Record<string, number> = { second: 1, minute: 60, hour: 3600, day: 86400, week: 604800, month: 30 * 86400, year: 365 * 86400 };

const option = (text: string): DateRangePickerProps.RelativeOption => {
  const value = readRange(text);
  if (value?.type !== 'relative') throw new Error(`${text} is no range`);
  return { key: text, type: 'relative', amount: value.amount, unit: value.unit };
};

/** readRange reads a range from an address. */
export function readRange(text: string | null): Value | undefined {
  const relative = /^(\d{1,5})([smhdw])$/.exec(text ?? '');
  if (relative) return { key: text!, type: 'relative', amount: Number(relative[1]), unit: letters[relative[2]] };
  const [start, end] = (text ?? '').split('/');
  if (start && end && !Number.isNaN(Date.parse(start)) && !Number.isNaN(Date.parse(end))) return { type: 'absolute', startDate: start, endDate: end };
  return undefined;
}

const writeRange = (v: Value) => {
  if (v.type === 'absolute') return `${new Date(v.startDate).toISOString()}/${new Date(v.endDate).toISOString()}`;
  const days = v.unit === 'month' ? 30 : v.unit === 'year' ? 365 : 1;
  return `${v.amount * days}${days > 1 ? 'd' : v.unit[0]}`;
};

export interface Range {
  /** key changes when another range was chosen. */
  key: string;
  value: Value;
  set: (v: Value) => void;
  /** times are when the range begins and ends now; a relative one ends with now. */
  times: () => { start: Date; end?: Date };
}

/** useRange is the range in the address, or the usual one. */
export function useRange(usual: string, name = 'range'): Range {
  const [search, setSearch] = useSearchParams();
  const value = readRange(search.get(name)) ?? readRange(usual)!;
  return {
    key: writeRange(value),
    value,
    set: (v) => setSearch((s) => (s.set(name, writeRange(v)), s), { replace: true }),
    times: () =>
      value.type === 'absolute'
        ? { start: new Date(value.startDate), end: new Date(value.endDate) }
        : { start: new Date(now().getTime() - value.amount * (seconds[value.unit] ?? 1) * 1000) },
  };
}

/** TimeRange chooses a range: one of the usual ones, a custom relative one, or absolute times. */
export function TimeRange({ range, options, label = 'Time range' }: { range: Range; options: readonly string[]; label?: string }) {
  const { zone } = usePreferences();
  return (
    <FormField label={label}>
      <DateRangePicker
        value={range.value}
        onChange={(e) => e.detail.value && range.set(e.detail.value)}
        relativeOptions={options.map(option)}
        timeOffset={zone === 'UTC' ? 0 : undefined}
        showClearButton={false}
        expandToViewport
        placeholder="Choose a time range"
        i18nStrings={{ ariaLabel: label }}
        isValidRange={(v) => {
          if (!v) return { valid: false, errorMessage: 'Choose a time range.' };
          if (v.type === 'relative') return v.amount > 0 ? { valid: true } : { valid: false, errorMessage: 'Enter a number above 0.' };
          if (!v.startDate || !v.endDate) return { valid: false, errorMessage: 'Choose a start and an end.' };
          return Date.parse(v.startDate) < Date.parse(v.endDate) ? { valid: true } : { valid: false, errorMessage: 'The start must be before the end.' };
        }}
      />
    </FormField>
  );
}
