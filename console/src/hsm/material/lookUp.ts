// Reading the events of deleted keys, and all that may still hold their material.
import { CloudTrailClient, LookupEventsCommand, type Event } from '@aws-sdk/client-cloudtrail';
import { useClient } from '../../app/client';
import { HsmClient, useHsmClient } from '../../app/hsm-client';
import { everything, useLoad } from '../../app/load';
import { useRegion } from '../../app/region';
import { useSession } from '../../app/session';
import { getSettings } from '../../signin/api';
import { listBackups, listClusters } from '../data';
import { holdersOf, readDeleted, type DeletedKey } from './deleted.ts';

const lookUp = (client: CloudTrailClient, AttributeKey: 'EventName' | 'ResourceName', AttributeValue: string, signal: AbortSignal): Promise<Event[]> =>
  everything(async (NextToken) => {
    const page = await client.send(new LookupEventsCommand({ LookupAttributes: [{ AttributeKey, AttributeValue }], NextToken, MaxResults: 50 }), { abortSignal: signal });
    return { items: page.Events, next: page.NextToken };
  }, signal);

/** useDeletedKeys are the deleted keys of CloudHSM key stores that CloudTrail knows of. */
export function useDeletedKeys() {
  const client = useClient(CloudTrailClient);
  return useLoad(
    async (signal) => {
      const events = await lookUp(client, 'EventName', 'DeleteKey', signal);
      return events.map((e) => readDeleted(e.CloudTrailEvent ?? '')).filter((k) => k !== undefined);
    },
    [client],
  );
}

/** useHolders finds where the material of a deleted key may still be; copies of backups in all Regions. */
export function useHolders(key: DeletedKey) {
  const trail = useClient(CloudTrailClient);
  const hsm = useHsmClient();
  const region = useRegion();
  const { generation } = useSession();
  return useLoad(
    async (signal) => {
      const [created, backups, clusters, elsewhere] = await Promise.all([
        createdAt(trail, key, signal),
        listBackups(hsm, signal),
        listClusters(hsm, signal),
        copiesElsewhere(region, generation, signal),
      ]);
      const holders = holdersOf(key, created, backups, clusters);
      const held = new Set(holders.backups.map((h) => h.backup.BackupId));
      return { created, holders, copies: elsewhere.filter((c) => c.backup.SourceRegion === region && held.has(c.backup.SourceBackup ?? '')) };
    },
    [trail, hsm, region, generation, key.eventId],
  );
}

async function createdAt(client: CloudTrailClient, key: DeletedKey, signal: AbortSignal): Promise<Date | undefined> {
  const events = await lookUp(client, 'ResourceName', key.keyArn, signal);
  return events.find((e) => e.EventName === 'CreateKey')?.EventTime;
}

/** copiesElsewhere are the copies of backups in the other Regions of the server. */
async function copiesElsewhere(here: string, generation: number, signal: AbortSignal) {
  const { regions } = await getSettings();
  const all = await Promise.all(
    regions.filter((r) => r !== here).map(async (region) => (await listBackups(new HsmClient(region, generation), signal)).filter((b) => b.SourceBackup).map((backup) => ({ region, backup }))),
  );
  return all.flat();
}
