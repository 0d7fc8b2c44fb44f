// The metrics that there are, by namespace and by the names of their dimensions.
import type { Metric } from '@aws-sdk/client-cloudwatch';

export interface Found {
  /** namespace, name and dimensions in one text, which tells it from all others */
  key: string;
  namespace: string;
  name: string;
  dimensions: Record<string, string>;
}

/** keyOf is the text that a metric is known by. */
export const keyOf = (namespace = '', name = '', dimensions: Record<string, string> = {}) =>
  [namespace, name, ...Object.keys(dimensions).sort().map((d) => `${d}=${dimensions[d]}`)].join(' ');

export function foundOf(m: Metric): Found {
  const dimensions = Object.fromEntries((m.Dimensions ?? []).map((d) => [d.Name ?? '', d.Value ?? '']));
  return { key: keyOf(m.Namespace, m.MetricName, dimensions), namespace: m.Namespace ?? '', name: m.MetricName ?? '', dimensions };
}

/** groupOf names the group of a metric by its dimensions; "" for one that has none. */
export const groupOf = (m: Found) => Object.keys(m.dimensions).sort().join(', ');

export const groupName = (group: string) => group || 'Metrics with no dimensions';

/** matching are the metrics in which each word of a search is found, whatever its case. */
export function matching(all: readonly Found[], search: string): readonly Found[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return all;
  return all.filter((m) => {
    const text = [m.namespace, m.name, ...Object.entries(m.dimensions).flat()].join(' ').toLowerCase();
    return words.every((w) => text.includes(w));
  });
}

/** counted are the different values of something, with how many metrics have each, in order. */
export function counted(all: readonly Found[], of: (m: Found) => string): { value: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const m of all) counts.set(of(m), (counts.get(of(m)) ?? 0) + 1);
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => a.value.localeCompare(b.value, 'en'));
}
