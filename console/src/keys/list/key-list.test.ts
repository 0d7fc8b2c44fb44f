// The list's data, with as many keys as an account may have.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyMetadata } from '@aws-sdk/client-kms';
import { Pacer } from './arrange.ts';
import type { Query } from './filter.ts';
import { KeyList, type Source } from './key-list.ts';

const idOf = (i: number) => `k-${String(i).padStart(6, '0')}`;
const all: Query = { tokens: [], operation: 'and' };

interface Fake extends Source {
  described: string[];
  most: number;
}

/** fake is an account with keys; every tenth is disabled, those in refused cannot be described. */
function fake(count: number, { refused = new Set<string>(), aws = [] as number[] } = {}): Fake {
  let at = 0;
  const f: Fake = {
    described: [],
    most: 0,
    async keys(marker) {
      await new Promise((go) => setTimeout(go, 0)); // answers of a network come one by one
      const from = Number(marker ?? 0);
      const to = Math.min(count, from + 1000);
      return { items: Array.from({ length: to - from }, (_, i) => ({ id: idOf(from + i), arn: `arn:aws:kms:us-east-1:0:key/${idOf(from + i)}` })), next: to < count ? String(to) : undefined };
    },
    async aliases() {
      const own = Array.from({ length: Math.min(count, 50) }, (_, i) => ({ name: `alias/n${50 - i}`, arn: '', key: idOf(i) })).filter((a) => !aws.some((n) => idOf(n) === a.key));
      return { items: [...own, ...aws.map((n) => ({ name: `alias/aws/s${n}`, arn: `arn:aws:kms:us-east-1:0:alias/aws/s${n}`, key: idOf(n) })), { name: 'alias/aws/unused', arn: '' }] };
    },
    async describe(id) {
      f.described.push(id);
      f.most = Math.max(f.most, ++at);
      await Promise.resolve();
      at--;
      if (refused.has(id)) throw new Error('not allowed');
      const n = Number(id.slice(2));
      return { KeyId: id, KeyState: n % 10 === 0 ? 'Disabled' : 'Enabled', CreationDate: new Date(1e12 - n) } as KeyMetadata;
    },
    async aliasesOf() {
      return ['alias/new'];
    },
    async tags(id) {
      return Number(id.slice(2)) % 7 === 0 ? [{ TagKey: 'team', TagValue: 'seven' }] : [];
    },
  };
  return f;
}

async function until(list: KeyList, what: () => boolean) {
  for (let i = 0; !what(); i++) {
    assert.ok(i < 4000, 'it does not come about');
    await new Promise((go) => setTimeout(go, 5));
  }
  assert.ok(list);
}

const open = (source: Source, managed = false) => new KeyList(source, { managed, pace: 1 });

test('only the page that is looked at is asked for', async () => {
  const source = fake(100_000);
  const list = open(source);
  await list.start();
  await until(list, () => list.shown.length === 100_000);
  assert.deepEqual(source.described, []);
  list.lookAt(list.shown.slice(40, 60), false);
  await until(list, () => list.shown.slice(40, 60).every((r) => r.metadata));
  assert.equal(source.described.length, 20);
  assert.ok(source.most <= 5);
  list.close();
});

test('a search that needs it asks for all, and can be stopped', async () => {
  const source = fake(3000, { refused: new Set([idOf(10)]) });
  const list = open(source);
  list.show({ tokens: [{ propertyKey: 'status', operator: '=', value: 'Disabled' }], operation: 'and' }, undefined);
  await list.start();
  await until(list, () => list.settled && list.toAsk === 0 && list.total === 3000);
  assert.equal(list.shown.length, 299); // 300 without the one that may not be described
  assert.equal(new Set(source.described).size, 3000);
  list.show({ tokens: [{ propertyKey: 'tagKey', operator: '=', value: 'team' }], operation: 'and' }, undefined);
  list.stop();
  await until(list, () => list.settled);
  assert.ok(list.shown.length < 429);
  list.resume();
  await until(list, () => list.toAsk === 0 && list.shown.length === 429);
  list.close();
});

test('a search asks only for keys that may still match', async () => {
  const source = fake(3000);
  const list = open(source);
  list.show({ tokens: [{ propertyKey: 'id', operator: ':', value: 'k-00001' }, { propertyKey: 'status', operator: '!=', value: 'Enabled' }], operation: 'and' }, undefined);
  await list.start();
  await until(list, () => list.settled && list.toAsk === 0 && list.shown.length === 1);
  assert.equal(source.described.length, 10);
  list.close();
});

test('sorting by alias asks for nothing, sorting by date for all', async () => {
  const source = fake(500);
  const list = open(source);
  list.show(all, { field: 'alias', descending: false });
  await list.start();
  await until(list, () => list.shown.length === 500);
  assert.deepEqual(list.shown.slice(0, 2).map((r) => r.aliases[0]), ['alias/n1', 'alias/n10']);
  assert.deepEqual(source.described, []);
  list.show(all, { field: 'created', descending: false });
  await until(list, () => list.settled && list.toAsk === 0 && list.shown[0]?.id === idOf(499));
  list.close();
});

test('keys that were changed are asked for again', async () => {
  const source = fake(10);
  const list = open(source);
  await list.start();
  await until(list, () => list.shown.length === 10);
  list.lookAt(list.shown, false);
  await until(list, () => list.shown.every((r) => r.metadata));
  list.again([idOf(1)]);
  await until(list, () => source.described.length === 11 && list.shown[1].aliases[0] === 'alias/new');
  list.close();
});

test('AWS managed keys have a list of their own', async () => {
  const source = fake(20, { aws: [3, 4] });
  const own = open(source);
  await own.start();
  await until(own, () => own.shown.length === 18 && own.total === 18);
  const managed = open(source, true);
  await managed.start();
  await until(managed, () => managed.shown.length === 2);
  assert.equal(managed.shown[0].arn, 'arn:aws:kms:us-east-1:0:key/k-000003');
  own.close();
  managed.close();
});

test('100,000 keys are filtered and sorted in steps of at most 2,000', async () => {
  const source = fake(100_000);
  const known = new Map();
  for (let i = 0; i < 100_000; i++) known.set(idOf(i), { metadata: await source.describe(idOf(i)), at: Date.now() });
  source.described.length = 0;
  let asked = 0;
  const pacer = new Pacer(() => 1000 * ++asked); // each step has taken its time
  const list = new KeyList(source, { managed: false, known, pace: 1, pacer });
  list.show({ tokens: [{ propertyKey: 'status', operator: '=', value: 'Enabled' }], operation: 'and' }, { field: 'created', descending: true });
  await list.start();
  await until(list, () => list.settled && list.shown.length === 90_000);
  // Each rest asks for the time twice. 200 steps filter and 45 sort; six times all are merged, but for runs without another.
  assert.ok(asked >= 2 * (200 + 45 + 5 * 45), `the time was asked for ${asked} times`);
  assert.deepEqual(source.described, []);
  list.close();
});

test('a list with keys is at no moment an empty one', async () => {
  const list = new KeyList(fake(3), { managed: false, pace: 30 });
  list.show(all, undefined);
  const started = list.start();
  for (let i = 0; list.shown.length === 0 && i < 1000; i++) {
    assert.ok(list.loading || !list.settled, 'it seems to be done without its keys');
    await new Promise((go) => setTimeout(go, 1));
  }
  await started;
  assert.equal(list.shown.length, 3);
  list.close();
});
