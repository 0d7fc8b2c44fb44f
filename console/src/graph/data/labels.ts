// What lines of metrics are called that have no label of their own: by the metric, or where
// several lines are of the same metric by what tells them apart, as in AWS's console.
import { defaultPeriod, defaultStat, isExpression, type GraphQuery, type GraphSpec } from '../spec/graph.ts';

/** partsOf are the words that a line can be told by, in the order in which a label has them. */
function partsOf(q: GraphQuery, spec: GraphSpec, dimensions: readonly string[]): string[] {
  return [...dimensions.map((d) => q.dimensions?.[d] ?? ''), q.metric ?? '', q.stat ?? spec.stat ?? defaultStat, `${q.period ?? spec.period ?? defaultPeriod} s`, q.namespace ?? ''];
}

/** labelsOf are the names of the lines of metrics without a label, by their ids. */
export function labelsOf(spec: GraphSpec): Map<string, string> {
  const queries = spec.queries.filter((q) => !isExpression(q) && !q.label && q.visible !== false);
  const dimensions = [...new Set(queries.flatMap((q) => Object.keys(q.dimensions ?? {})))];
  const parts = queries.map((q) => partsOf(q, spec, dimensions));
  const metric = dimensions.length;
  const said = new Set([metric]);
  const label = (p: readonly string[]) => p.filter((word, i) => said.has(i) && word).join(' ');
  const unique = () => new Set(parts.map(label)).size === parts.length;
  const first = new Map(parts.toReversed().map((p) => [p[metric], p]));
  for (let i = 0; i < metric + 4 && !unique(); i++) {
    if (parts.some((p) => first.get(p[metric])![i] !== p[i])) said.add(i);
  }
  // What all lines have in common tells nothing.
  if (said.size > 1 && new Set(queries.map((q) => q.metric)).size === 1) said.delete(metric);
  return new Map(queries.map((q, i) => [q.id, label(parts[i]) || q.metric || q.id]));
}

/** nameOfQuery is what a line is called in forms. */
export const nameOfQuery = (q: GraphQuery, labels: ReadonlyMap<string, string>) => q.label || labels.get(q.id) || q.metric || q.id;
