// Reading clusters and backups.
import { useHsmClient, type Backup, type Cluster, type HsmClient } from '../app/hsm-client';
import { everything, useLoad } from '../app/load';
import { usePolling } from '../stores/data';

type Filters = Record<string, string[]>;

export function listClusters(client: HsmClient, signal?: AbortSignal, Filters?: Filters): Promise<Cluster[]> {
  return everything(async (NextToken) => {
    const page = await client.call<{ Clusters?: Cluster[]; NextToken?: string }>('DescribeClusters', { NextToken, Filters });
    return { items: page.Clusters ?? [], next: page.NextToken };
  }, signal);
}

export function listBackups(client: HsmClient, signal?: AbortSignal, Filters?: Filters): Promise<Backup[]> {
  return everything(async (NextToken) => {
    const page = await client.call<{ Backups?: Backup[]; NextToken?: string }>('DescribeBackups', { NextToken, Filters });
    return { items: page.Backups ?? [], next: page.NextToken };
  }, signal);
}

const progress = /_IN_PROGRESS$/;

/** isMoving says that a cluster or one of its HSMs is on its way to another state. */
export const isMoving = (c: Cluster) => progress.test(c.State ?? '') || (c.Hsms ?? []).some((h) => progress.test(h.State ?? ''));

export function useClusters() {
  const client = useHsmClient();
  const loaded = useLoad((signal) => listClusters(client, signal), [client]);
  usePolling(loaded, loaded.data?.some(isMoving) ?? false);
  return loaded;
}

/** useCluster is a cluster, or undefined as data if there is none with this id. */
export function useCluster(id: string) {
  const client = useHsmClient();
  const loaded = useLoad(async (signal) => (await listClusters(client, signal, { clusterIds: [id] }))[0] ?? null, [client, id]);
  usePolling(loaded, loaded.data ? isMoving(loaded.data) : false);
  return loaded;
}

/** useBackups are the backups of the account, or those of a cluster. */
export function useBackups(cluster?: string) {
  const client = useHsmClient();
  const loaded = useLoad((signal) => listBackups(client, signal, cluster ? { clusterIds: [cluster] } : undefined), [client, cluster]);
  usePolling(loaded, loaded.data?.some((b) => progress.test(b.BackupState ?? '')) ?? false);
  return loaded;
}
