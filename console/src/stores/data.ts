// Reading key stores, again and again while one of them connects or disconnects.
import { DescribeCustomKeyStoresCommand, KMSClient, type ConnectionStateType, type CustomKeyStoresListEntry } from '@aws-sdk/client-kms';
import { useEffect } from 'react';
import { useClient } from '../app/client';
import { everything, useLoad, type Loaded } from '../app/load';
import type { StoreType } from './words.ts';

/** KeyStore is an entry of DescribeCustomKeyStores with what each has. */
export interface KeyStore extends CustomKeyStoresListEntry {
  CustomKeyStoreId: string;
  CustomKeyStoreName: string;
  ConnectionState: ConnectionStateType;
}

/** how often a key store on its way is looked at, in milliseconds */
const interval = 1500;

export const onItsWay = (s: KeyStore) => s.ConnectionState === 'CONNECTING' || s.ConnectionState === 'DISCONNECTING';

const typeOf = (s: KeyStore): StoreType => s.CustomKeyStoreType ?? 'AWS_CLOUDHSM';

/** listStores reads all key stores, of a type if it is named. */
export async function listStores(client: KMSClient, type?: StoreType, signal?: AbortSignal): Promise<KeyStore[]> {
  const all = await everything(async (Marker) => {
    const page = await client.send(new DescribeCustomKeyStoresCommand({ Marker, Limit: 1000 }), { abortSignal: signal });
    return { items: (page.CustomKeyStores ?? []) as KeyStore[], next: page.Truncated ? page.NextMarker : undefined };
  }, signal);
  return type ? all.filter((s) => typeOf(s) === type) : all;
}

/** usePolling reads again while something is on its way. */
export function usePolling({ reload, loading }: Pick<Loaded<unknown>, 'reload' | 'loading'>, moving: boolean, every = interval) {
  useEffect(() => {
    if (!moving || loading) return;
    const timer = setTimeout(reload, every);
    return () => clearTimeout(timer);
  }, [moving, loading, reload, every]);
}

export function useStores(type: StoreType): Loaded<KeyStore[]> {
  const client = useClient(KMSClient);
  const loaded = useLoad((signal) => listStores(client, type, signal), [client, type]);
  usePolling(loaded, loaded.data?.some(onItsWay) ?? false);
  return loaded;
}

export function useStore(id: string): Loaded<KeyStore> {
  const client = useClient(KMSClient);
  const loaded = useLoad(
    async (signal) => (await client.send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreId: id }), { abortSignal: signal })).CustomKeyStores![0] as KeyStore,
    [client, id],
  );
  usePolling(loaded, loaded.data !== undefined && onItsWay(loaded.data));
  return loaded;
}
