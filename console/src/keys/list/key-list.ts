// The data of a list of keys, which may be 100,000. Keys and aliases page in; what is known only
// by asking for each key is asked for the page that is looked at first, and for others only if a
// search or an order depends on it. Nothing here takes time in proportion to the number of keys
// when an answer arrives: changes are collected, and the order is made anew now and then, in steps.
import type { KeyMetadata, Tag } from '@aws-sdk/client-kms';
import { arrange, Pacer } from './arrange.ts';
import { compile, needsMetadata, needsTags, type KeyRow, type Query, type Sort } from './filter.ts';

/** Source is where a list comes from: the API, or a test. */
export interface Source {
  keys(marker: string | undefined): Promise<{ items: { id: string; arn: string }[]; next?: string }>;
  aliases(marker: string | undefined): Promise<{ items: { name: string; arn: string; key?: string }[]; next?: string }>;
  describe(id: string): Promise<KeyMetadata>;
  tags(id: string): Promise<Tag[]>;
  aliasesOf(id: string): Promise<string[]>;
}

/** Known is what has been loaded of keys, kept for when the list is shown again. */
export type Known = Map<string, { metadata?: KeyMetadata; tags?: Tag[]; at: number }>;

const keepFor = 10 * 60 * 1000;
/** width is how many keys are asked for at once; browsers make six connections. */
const width = 5;

interface Options {
  managed: boolean;
  known?: Known;
  /** shortest time between two messages to the screen, and between two new orders */
  pace?: number;
  pacer?: Pacer;
}

export class KeyList {
  /** shown are the keys that match, in their order. */
  shown: readonly KeyRow[] = [];
  /** total is how many keys are known to be of this list. */
  total = 0;
  loading = true;
  error?: Error;
  aliasError?: Error;
  /** toAsk is how many keys have to be asked for until the search is complete. */
  toAsk = 0;
  asked = 0;
  stopped = false;
  /** settled is true once what is shown is by the newest search. */
  settled = false;
  /** unread are the keys whose metadata or tags could not be read: no search for those finds them. */
  readonly unread = new Set<string>();

  private readonly source: Source;
  private readonly managed: boolean;
  private readonly known: Known;
  private readonly pace: number;
  private readonly pacer: Pacer;
  private readonly rows: KeyRow[] = [];
  private readonly byId = new Map<string, KeyRow>();
  private readonly aliasesOf = new Map<string, string[]>();
  private readonly awsManaged = new Set<string>();
  private judge = compile({ tokens: [], operation: 'and' });
  private sort: Sort | undefined;
  private first: { row: KeyRow; needs: number }[] = [];
  private missing: { row: KeyRow; needs: number }[] = [];
  private cursor = 0;
  private readonly fresh = new Set<string>();
  private readonly inFlight = new Set<string>();
  private dirty = false;
  private arranging = false;
  private closed = false;
  private version = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<() => void>();

  constructor(source: Source, { managed, known = new Map(), pace = 120, pacer = new Pacer() }: Options) {
    this.source = source;
    this.managed = managed;
    this.known = known;
    this.pacer = pacer;
    this.pace = pace;
  }

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  };

  snapshot = () => this.version;

  /** start loads the list; it ends when all keys and aliases are there. */
  async start(): Promise<void> {
    const aliases = this.pages((m) => this.source.aliases(m), (items) => items.forEach((a) => this.addAlias(a)));
    const aliasesDone = aliases.catch((e: Error) => void (this.aliasError = e));
    // The list of AWS managed keys is that of their aliases; each has one.
    const keys = this.managed ? aliases : this.pages((m) => this.source.keys(m), (items) => items.forEach((k) => this.addKey(k)));
    await keys.catch((e: Error) => void (this.error = e));
    await aliasesDone;
    this.loading = false;
    this.settled = false; // until what has just come is in its place
    this.changed(true);
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
  }

  /** show says what is searched for, and in which order. */
  show(query: Query, sort: Sort | undefined) {
    this.judge = compile(query);
    this.sort = sort;
    this.stopped = false;
    this.settled = false;
    this.asked = 0;
    this.missing = [];
    this.cursor = 0;
    this.changed(true);
  }

  /** lookAt has the keys of the page that is looked at asked for before all others. */
  lookAt(rows: readonly KeyRow[], tags: boolean) {
    this.first = rows.map((row) => ({ row, needs: (this.fresh.has(row.id) ? 0 : needsMetadata) | (tags && !row.tags && !row.tagsError ? needsTags : 0) })).filter((f) => f.needs > 0);
    this.pump();
  }

  /** again asks anew for keys that have been changed. */
  again(ids: readonly string[]) {
    for (const id of ids) {
      this.fresh.delete(id);
      this.known.delete(id);
      const row = this.byId.get(id);
      if (row) row.tags = row.tagsError = undefined;
    }
    const rows = ids.flatMap((id) => this.byId.get(id) ?? []);
    this.lookAt([...this.first.map((f) => f.row), ...rows], rows.length <= 100);
    for (const row of rows.slice(0, 100)) void this.aliasesAgain(row);
  }

  private async aliasesAgain(row: KeyRow) {
    try {
      row.aliases.splice(0, row.aliases.length, ...(await this.source.aliasesOf(row.id)));
    } catch (e) {
      this.aliasError = e as Error;
    }
    this.changed(true);
  }

  stop() {
    this.stopped = true;
    this.tell();
  }

  resume() {
    this.stopped = false;
    this.pump();
    this.tell();
  }

  private async pages<T>(page: (marker: string | undefined) => Promise<{ items: T[]; next?: string }>, add: (items: T[]) => void) {
    let marker: string | undefined;
    do {
      const { items, next } = await page(marker);
      if (this.closed) return;
      add(items);
      marker = next;
      this.changed(true);
    } while (marker);
  }

  private addKey({ id, arn }: { id: string; arn: string }) {
    if (this.byId.has(id)) return;
    const aliases = this.aliasesOf.get(id) ?? [];
    this.aliasesOf.set(id, aliases);
    const row: KeyRow = { id, arn, aliases };
    const known = this.known.get(id);
    if (known && Date.now() - known.at < keepFor) {
      row.metadata = known.metadata;
      row.tags = known.tags;
    }
    this.byId.set(id, row);
    this.rows.push(row);
  }

  private addAlias({ name, arn, key }: { name: string; arn: string; key?: string }) {
    if (!key) return; // a predefined alias of a key that is not there yet
    const aws = name.startsWith('alias/aws/');
    if (this.managed !== aws) {
      if (aws) this.awsManaged.add(key);
      return;
    }
    const aliases = this.aliasesOf.get(key) ?? [];
    aliases.push(name);
    this.aliasesOf.set(key, aliases);
    if (this.managed) this.addKey({ id: key, arn: arn.replace(/:alias\/.*$/, `:key/${key}`) });
  }

  private mine = (row: KeyRow) => this.managed || (!this.awsManaged.has(row.id) && row.metadata?.KeyManager !== 'AWS');

  /** pump keeps some questions on their way: those of the page first. */
  private pump() {
    while (!this.closed && this.inFlight.size < width) {
      const next = this.next();
      if (!next) return;
      this.inFlight.add(next.row.id);
      void this.ask(next.row, next.needs).finally(() => {
        this.inFlight.delete(next.row.id);
        this.pump();
      });
    }
  }

  private next() {
    for (let f = this.first.shift(); f; f = this.first.shift()) if (!this.inFlight.has(f.row.id)) return f;
    if (this.stopped) return undefined;
    while (this.cursor < this.missing.length) {
      const m = this.missing[this.cursor++];
      if (this.inFlight.has(m.row.id)) continue;
      this.asked++;
      return m;
    }
    return undefined;
  }

  private async ask(row: KeyRow, needs: number) {
    if (needs & needsMetadata) {
      try {
        row.metadata = await this.source.describe(row.id);
        row.error = undefined;
      } catch (e) {
        row.error = e as Error;
        row.metadata = undefined;
      }
      this.fresh.add(row.id);
    }
    if (needs & needsTags) {
      try {
        row.tags = await this.source.tags(row.id);
      } catch (e) {
        row.tagsError = e as Error;
      }
    }
    if (row.error || row.tagsError) this.unread.add(row.id);
    else this.unread.delete(row.id);
    if (row.metadata) this.known.set(row.id, { metadata: row.metadata, tags: row.tags, at: Date.now() });
    this.changed(this.toAsk > 0 || row.metadata?.KeyManager === 'AWS' || this.cursor > 0);
  }

  /** changed tells the screen, soon, and has the order made anew if that is needed. */
  private changed(order: boolean) {
    if (order) this.dirty = true;
    if (order && !this.arranging) void this.order();
    this.tell();
  }

  private tell() {
    if (this.closed || this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.version++;
      for (const l of this.listeners) l();
    }, this.pace);
  }

  /** order filters and sorts as long as there is something new, with rests between. */
  private async order() {
    this.arranging = true;
    while (this.dirty && !this.closed) {
      this.dirty = false;
      const begun = performance.now();
      const { judge, sort } = this;
      this.total = this.managed ? this.rows.length : this.rows.length - this.awsManaged.size;
      const { shown, missing } = await arrange(this.rows, (row) => (this.mine(row) ? judge(row) : -1), sort, this.pacer);
      if (this.closed) break;
      if (judge !== this.judge || sort !== this.sort) {
        this.dirty = true;
        continue;
      }
      this.shown = shown;
      this.missing = missing;
      this.cursor = 0;
      this.toAsk = missing.length;
      this.settled = true;
      this.pump();
      this.tell();
      const cost = performance.now() - begun;
      await new Promise((go) => setTimeout(go, Math.max(this.pace, cost * 4)));
    }
    this.arranging = false;
    if (this.dirty && !this.closed) void this.order();
  }
}
