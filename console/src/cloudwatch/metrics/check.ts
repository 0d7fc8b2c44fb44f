// What people enter about lines of a graph, and what is wrong with it.
import type { GraphQuery } from '../../graph';

export const statistics = [
  { label: 'Basic', options: ['Average', 'Minimum', 'Maximum', 'Sum', 'SampleCount'] },
  { label: 'Percentiles', options: ['p50', 'p75', 'p90', 'p95', 'p99', 'p99.9'] },
  { label: 'Trimmed', options: ['IQM', 'tm90', 'tm95', 'tm99', 'TM(10%:90%)', 'wm90', 'wm99', 'tc90', 'ts90', 'PR(:100)'] },
].map((g) => ({ label: g.label, options: g.options.map((value) => ({ value })) }));

const basic: readonly string[] = ['Average', 'Minimum', 'Maximum', 'Sum', 'SampleCount'];
const number = String.raw`\d{1,15}(?:\.\d{1,10})?`;
const one = new RegExp(`^(?:p|tm|wm|tc|ts)(${number})$`, 'i');
const two = new RegExp(`^(TM|WM|TC|TS|PR)\\(\\s*(${number})?(%?)\\s*:\\s*(${number})?(%?)\\s*\\)$`, 'i');

/** statisticError says what is wrong with the name of a statistic. */
export function statisticError(name: string): string | undefined {
  const wrong = 'Enter a statistic such as Average, Sum, p99.9, tm90, TM(10%:90%), IQM or PR(:100).';
  if (!name) return 'Enter a statistic.';
  if (basic.includes(name) || /^iqm$/i.test(name)) return undefined;
  const a = one.exec(name);
  if (a) return Number(a[1]) <= 100 ? undefined : 'A percentage is at most 100.';
  const b = two.exec(name);
  if (!b) return wrong;
  const [, kind, low, lowSign, high, highSign] = b;
  if (low === undefined && high === undefined) return 'Enter at least one bound.';
  if (low !== undefined && high !== undefined) {
    if (lowSign !== highSign) return 'Both bounds are percentages, or none is.';
    if (Number(low) >= Number(high)) return 'The lower bound comes before the upper one.';
  }
  if (kind.toUpperCase() === 'PR' && (lowSign || highSign)) return 'The bounds of PR are values, not percentages.';
  return [low && lowSign ? low : 0, high && highSign ? high : 0].some((v) => Number(v) > 100) ? 'A percentage is at most 100.' : undefined;
}

/** idError says what is wrong with the id of a line. */
export function idError(id: string, others: readonly GraphQuery[]): string | undefined {
  if (!id) return 'Enter an id.';
  if (!/^[a-z][A-Za-z0-9_]*$/.test(id)) return 'An id begins with a lowercase letter, and has letters, numbers and underscores only.';
  if (id.length > 255) return 'An id has at most 255 characters.';
  return others.some((q) => q.id === id) ? 'Another line has this id.' : undefined;
}

/** expressionError says what can be seen to be wrong with an expression before the service looks at it. */
export function expressionError(text: string, id: string, queries: readonly GraphQuery[]): string | undefined {
  if (!text.trim()) return 'Enter an expression.';
  if (text.length > 2048) return 'An expression has at most 2048 characters.';
  let quote = '';
  let depth = 0;
  let bare = '';
  for (const c of text) {
    if (quote) {
      if (c === quote) quote = '';
      continue;
    }
    if (c === '"' || c === "'") quote = c;
    else if (c === '(') depth++;
    else if (c === ')' && --depth < 0) return 'A closing parenthesis has none that opens.';
    bare += c;
  }
  if (quote) return 'A quote is not closed.';
  if (depth > 0) return 'A parenthesis is not closed.';
  // What begins with a lowercase letter is an id; functions and words of SEARCH are capitals.
  for (const word of bare.match(/\b[a-z][A-Za-z0-9_]*\b/g) ?? []) {
    if (word === id) return `The expression ${id} can't use itself.`;
    if (!queries.some((q) => q.id === word)) return `No line has the id ${word}. There are: ${queries.map((q) => q.id).filter((i) => i !== id).join(', ') || 'none'}.`;
  }
  return undefined;
}
