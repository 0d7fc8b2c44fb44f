// The keys of a key store. The API lists all keys of the account and says of one at a time which
// key store it is in, so that this looks at every key and shows what it finds on the way.
import { DescribeKeyCommand, KMSClient, ListAliasesCommand, ListKeysCommand, type KeyMetadata } from '@aws-sdk/client-kms';
import { useCallback, useEffect, useState } from 'react';
import { useClient } from '../../app/client';
import { atOnce, everything } from '../../app/load';

export interface StoreKey extends KeyMetadata {
  KeyId: string;
  aliases: string[];
}

export interface Search {
  keys: StoreKey[];
  looked: number;
  loading: boolean;
  error?: Error;
  /** keys that could not be looked at */
  hidden: number;
  reload: () => void;
}

type State = Omit<Search, 'reload'>;
const nothing: State = { keys: [], looked: 0, hidden: 0, loading: true };

export function useStoreKeys(store: string): Search {
  const client = useClient(KMSClient);
  const [state, setState] = useState<State>(nothing);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const control = new AbortController();
    setState((s) => ({ ...s, loading: true, error: undefined }));
    look(client, store, control.signal, setState).then(
      (last) => setState({ ...last, loading: false }),
      (error: Error) => !control.signal.aborted && setState((s) => ({ ...s, loading: false, error })),
    );
    return () => control.abort();
  }, [client, store, turn]);
  return { ...state, reload: useCallback(() => setTurn((t) => t + 1), []) };
}

async function look(client: KMSClient, store: string, signal: AbortSignal, tell: (s: State) => void): Promise<State> {
  const options = { abortSignal: signal };
  const aliases = new Map<string, string[]>();
  await everything(async (Marker) => {
    const page = await client.send(new ListAliasesCommand({ Marker, Limit: 100 }), options);
    for (const a of page.Aliases ?? []) if (a.TargetKeyId) aliases.set(a.TargetKeyId, [...(aliases.get(a.TargetKeyId) ?? []), a.AliasName!.replace(/^alias\//, '')]);
    return { next: page.Truncated ? page.NextMarker : undefined };
  }, signal);
  const state: State = { keys: [], looked: 0, hidden: 0, loading: true };
  await everything(async (Marker) => {
    const page = await client.send(new ListKeysCommand({ Marker, Limit: 100 }), options);
    const found = await atOnce(page.Keys ?? [], async ({ KeyId }) => {
      try {
        return (await client.send(new DescribeKeyCommand({ KeyId }), options)).KeyMetadata!;
      } catch (error) {
        if (signal.aborted || !/AccessDenied|NotFound/.test((error as Error).name)) throw error;
        state.hidden++;
        return undefined;
      }
    });
    for (const k of found) if (k?.CustomKeyStoreId === store) state.keys.push({ ...k, KeyId: k.KeyId!, aliases: aliases.get(k.KeyId!) ?? [] });
    state.looked += found.length;
    signal.throwIfAborted();
    tell({ ...state, keys: [...state.keys] });
    return { next: page.Truncated ? page.NextMarker : undefined };
  }, signal);
  return state;
}
