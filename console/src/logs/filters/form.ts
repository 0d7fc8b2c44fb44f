// A metric filter as its form has it.
import type { MetricFilter, PutMetricFilterCommandInput, StandardUnit } from '@aws-sdk/client-cloudwatch-logs';

export interface FilterForm {
  pattern: string;
  name: string;
  namespace: string;
  metric: string;
  value: string;
  byDefault: string;
  unit: string;
  dimensions: { name: string; value: string }[];
}

export const emptyForm: FilterForm = { pattern: '', name: '', namespace: '', metric: '', value: '1', byDefault: '', unit: '', dimensions: [] };

export function formOf(f: MetricFilter): FilterForm {
  const t = f.metricTransformations?.[0];
  return {
    pattern: f.filterPattern ?? '',
    name: f.filterName ?? '',
    namespace: t?.metricNamespace ?? '',
    metric: t?.metricName ?? '',
    value: t?.metricValue ?? '1',
    byDefault: t?.defaultValue === undefined ? '' : String(t.defaultValue),
    unit: t?.unit && t.unit !== 'None' ? t.unit : '',
    dimensions: Object.entries(t?.dimensions ?? {}).map(([name, value]) => ({ name, value })),
  };
}

export function inputOf(group: string, f: FilterForm): PutMetricFilterCommandInput {
  return {
    logGroupName: group,
    filterName: f.name,
    filterPattern: f.pattern.trim(),
    metricTransformations: [
      {
        metricName: f.metric,
        metricNamespace: f.namespace,
        metricValue: f.value.trim(),
        defaultValue: f.byDefault.trim() === '' ? undefined : Number(f.byDefault),
        unit: f.unit === '' ? undefined : (f.unit as StandardUnit),
        dimensions: f.dimensions.length === 0 ? undefined : Object.fromEntries(f.dimensions.map((d) => [d.name, d.value.trim()])),
      },
    ],
  };
}

export type FilterErrors = Partial<Record<Exclude<keyof FilterForm, 'dimensions'>, string>> & { dimensions?: string; each: { name?: string; value?: string }[] };

const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;

/** isSelector tells a field of a pattern: $.eventName, $size. */
const isSelector = (s: string) => /^\$(\.|[A-Za-z_])./.test(s) || /^\$[A-Za-z_]\w*$/.test(s);

const nameError = (what: string, text: string, limit: number, not: RegExp) =>
  text.trim() === '' ? `Enter a ${what}.`
  : text.length > limit ? `A ${what} has at most ${limit} characters.`
  : not.test(text) ? `A ${what} cannot contain ${not.source.replace(/[[\]\\]/g, '').split('').join(' ')}.`
  : undefined;

/** filterErrors says what is wrong with what assigns the metric. */
export function filterErrors(f: FilterForm): FilterErrors {
  const byFields = /^\s*[{[]/.test(f.pattern);
  const errors: FilterErrors = {
    name: nameError('filter name', f.name, 512, /[:*]/),
    namespace: nameError('metric namespace', f.namespace, 255, /[:*$]/) ?? (f.namespace.startsWith('AWS/') ? 'Namespaces that begin with AWS/ are reserved.' : undefined),
    metric: nameError('metric name', f.metric, 255, /[:*$]/),
    value:
      f.value.trim() === '' ? 'Enter a metric value.'
      : number.test(f.value.trim()) || isSelector(f.value.trim()) ? undefined
      : 'Enter a number, or a field of the pattern such as $.size or $size.',
    byDefault: f.byDefault.trim() === '' || number.test(f.byDefault.trim()) ? undefined : 'Enter a number, or leave the field empty.',
    each: f.dimensions.map((d, i) => ({
      name: d.name === '' ? 'Enter a dimension name.' : d.name.length > 255 ? 'A dimension name has at most 255 characters.' : f.dimensions.findIndex((o) => o.name === d.name) !== i ? 'There is a dimension with this name already.' : undefined,
      value: isSelector(d.value.trim()) ? undefined : 'Enter a field of the pattern such as $.eventName or $name.',
    })),
  };
  if (f.dimensions.length > 0 && !byFields) errors.dimensions = 'Only patterns of JSON and of fields between spaces have fields for dimensions.';
  else if (f.dimensions.length > 0 && f.byDefault.trim() !== '') errors.dimensions = 'A filter has dimensions or a default value, not both.';
  return errors;
}

export const hasErrors = (e: FilterErrors) => Boolean(e.name || e.namespace || e.metric || e.value || e.byDefault || e.dimensions || e.each.some((d) => d.name || d.value));
