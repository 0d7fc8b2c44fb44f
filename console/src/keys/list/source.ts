// The API as the source of a list of keys.
import { DescribeKeyCommand, KMSClient, ListAliasesCommand, ListKeysCommand, ListResourceTagsCommand } from '@aws-sdk/client-kms';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { useClient } from '../../app/client';
import { KeyList, type Known, type Source } from './key-list';

const source = (client: KMSClient): Source => ({
  async keys(Marker) {
    const { Keys, NextMarker } = await client.send(new ListKeysCommand({ Limit: 1000, Marker }));
    return { items: (Keys ?? []).map((k) => ({ id: k.KeyId!, arn: k.KeyArn! })), next: NextMarker };
  },
  async aliases(Marker) {
    const { Aliases, NextMarker } = await client.send(new ListAliasesCommand({ Limit: 100, Marker }));
    return { items: (Aliases ?? []).map((a) => ({ name: a.AliasName!, arn: a.AliasArn!, key: a.TargetKeyId })), next: NextMarker };
  },
  async describe(KeyId) {
    return (await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!;
  },
  async tags(KeyId) {
    const all = [];
    let Marker: string | undefined;
    do {
      const { Tags, NextMarker } = await client.send(new ListResourceTagsCommand({ KeyId, Marker, Limit: 50 }));
      all.push(...(Tags ?? []));
      Marker = NextMarker;
    } while (Marker);
    return all;
  },
  async aliasesOf(KeyId) {
    return ((await client.send(new ListAliasesCommand({ KeyId, Limit: 100 }))).Aliases ?? []).map((a) => a.AliasName!);
  },
});

/** known outlives the list's screen, so that a search among very many keys does not begin anew. */
const known = new WeakMap<KMSClient, Known>();

/** smallest is how many keys a list has before what was known of it is used again. */
const smallest = 2000;

/** useKeyList is the list of this Region's keys, anew for each turn. */
export function useKeyList(managed: boolean, turn: number): KeyList {
  const client = useClient(KMSClient);
  const list = useMemo(() => {
    let kept = known.get(client);
    if (!kept || kept.size < smallest || turn > 0) known.set(client, (kept = new Map()));
    return new KeyList(source(client), { managed, known: kept });
  }, [client, managed, turn]);
  useEffect(() => {
    void list.start();
    return () => list.close();
  }, [list]);
  useSyncExternalStore(list.subscribe, list.snapshot);
  return list;
}
