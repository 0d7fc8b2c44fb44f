// The clusters of the account with what speaks against each.
import { KMSClient } from '@aws-sdk/client-kms';
import { useClient } from '../../app/client';
import { useHsmClient } from '../../app/hsm-client';
import { useLoad } from '../../app/load';
import { listClusters } from '../../hsm/data';
import { listStores } from '../data';
import { choices, related } from './clusters.ts';

/** useChoices are the clusters for a new key store, or for one that has a cluster. */
export function useChoices(current?: string) {
  const hsm = useHsmClient();
  const kms = useClient(KMSClient);
  return useLoad(
    async (signal) => {
      const clusters = listClusters(hsm, signal);
      if (current) return related(await clusters, current);
      const stores = await listStores(kms, 'AWS_CLOUDHSM', signal);
      return choices(await clusters, stores.map((s) => s.CloudHsmClusterId ?? ''));
    },
    [hsm, kms, current],
  );
}
