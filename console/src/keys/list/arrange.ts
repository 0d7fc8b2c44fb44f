// Filtering and sorting of very many rows in small steps, so that the page answers meanwhile.
import { sortKey, sortNeeds, yes, type KeyRow, type Sort } from './filter.ts';

/** slice is how long one step may take, in milliseconds. */
const slice = 12;
const run = 2000;

/** Pacer lets the page do something else when a step has taken its time. */
export class Pacer {
  private readonly now: () => number;
  private since: number;

  constructor(now = () => performance.now()) {
    this.now = now;
    this.since = now();
  }

  begin() {
    this.since = this.now();
  }

  async rest() {
    if (this.now() - this.since < slice) return;
    await new Promise((go) => setTimeout(go, 0));
    this.since = this.now();
  }
}

export interface Arranged {
  shown: KeyRow[];
  /** missing are the rows of which something has to be loaded before the answer is complete */
  missing: { row: KeyRow; needs: number }[];
}

interface Keyed {
  row: KeyRow;
  key: string | number | undefined;
}

/** arrange filters and sorts. Rows whose sort key is not known come last. */
export async function arrange(rows: readonly KeyRow[], judge: (row: KeyRow) => number, sort: Sort | undefined, pacer: Pacer): Promise<Arranged> {
  pacer.begin();
  const missing: Arranged['missing'] = [];
  const kept: Keyed[] = [];
  for (let i = 0; i < rows.length; i++) {
    if (i % 500 === 499) await pacer.rest();
    const row = rows[i];
    const verdict = judge(row);
    if (verdict === yes) {
      const needs = sort ? sortNeeds(row, sort.field) : 0;
      if (needs) missing.push({ row, needs });
      kept.push({ row, key: sort && sortKey(row, sort.field) });
    } else if (verdict > 0) {
      missing.push({ row, needs: verdict });
    }
  }
  const ordered = sort ? await mergeSort(kept, order(sort.descending), pacer) : kept;
  const shown = new Array<KeyRow>(ordered.length);
  for (let i = 0; i < ordered.length; i++) {
    if (i % 20_000 === 19_999) await pacer.rest();
    shown[i] = ordered[i].row;
  }
  return { shown, missing };
}

const order = (descending: boolean) => (a: Keyed, b: Keyed) => {
  if (a.key === b.key) return 0;
  if (a.key === undefined) return 1;
  if (b.key === undefined) return -1;
  return a.key < b.key !== descending ? -1 : 1;
};

/** mergeSort is a stable sort that rests between its steps. */
async function mergeSort<T>(items: T[], compare: (a: T, b: T) => number, pacer: Pacer): Promise<T[]> {
  let runs: T[][] = [];
  for (let i = 0; i < items.length; i += run) {
    runs.push(items.slice(i, i + run).sort(compare));
    await pacer.rest();
  }
  while (runs.length > 1) {
    const next: T[][] = [];
    for (let i = 0; i < runs.length; i += 2) next.push(i + 1 < runs.length ? await merge(runs[i], runs[i + 1], compare, pacer) : runs[i]);
    runs = next;
  }
  return runs[0] ?? [];
}

async function merge<T>(a: readonly T[], b: readonly T[], compare: (a: T, b: T) => number, pacer: Pacer): Promise<T[]> {
  const out = new Array<T>(a.length + b.length);
  for (let i = 0, j = 0, k = 0; k < out.length; k++) {
    if (k % 2000 === 1999) await pacer.rest();
    out[k] = j >= b.length || (i < a.length && compare(a[i], b[j]) <= 0) ? a[i++] : b[j++];
  }
  return out;
}
