// What is to be known of the keys of this Region at a glance, from what the API says of each:
// their states, which are unused, expiring or not rotated, and what they would cost at AWS.
import {
  DescribeKeyCommand,
  GetKeyLastUsageCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListKeyRotationsCommand,
  ListKeysCommand,
  type KeyMetadata,
} from '@aws-sdk/client-kms';
import { atOnce, everything } from '../app/load';

/** Look is what was found out about a key. */
export interface Look {
  metadata: KeyMetadata;
  lastUsed?: Date;
  /** the first day from which uses are known */
  since?: Date;
  /** automatic rotation is on; undefined for keys that are not rotated */
  rotates?: boolean;
  rotations?: Date[];
}

export interface Survey {
  total: number;
  looks: Look[];
  /** keys that the person may not describe */
  refused: number;
}

const day = 86_400_000;
export const unusedDays = 90;
export const expiringDays = 30;
export const rotationDays = 365;

/** atFirst is how many keys are looked at before somebody asks for all: each look is some calls, and a record each. */
export const atFirst = 50;

export async function survey(kms: KMSClient, all: boolean, signal: AbortSignal): Promise<Survey> {
  const ids = await everything(async (Marker) => {
    const page = await kms.send(new ListKeysCommand({ Marker, Limit: 1000 }), { abortSignal: signal });
    return { items: page.Keys?.map((k) => k.KeyId!), next: page.NextMarker };
  }, signal);
  let refused = 0;
  const looks = await atOnce(all ? ids : ids.slice(0, atFirst), async (id) => {
    signal.throwIfAborted();
    try {
      return await look(kms, id, signal);
    } catch (e) {
      if (signal.aborted) throw e;
      refused++;
      return undefined;
    }
  });
  return { total: ids.length, looks: looks.filter((l) => l !== undefined), refused };
}

async function look(kms: KMSClient, KeyId: string, abortSignal: AbortSignal): Promise<Look> {
  const metadata = (await kms.send(new DescribeKeyCommand({ KeyId }), { abortSignal })).KeyMetadata!;
  const found: Look = { metadata };
  if (metadata.KeyManager === 'AWS' || pending(metadata)) return found;
  // What may not be asked is not known; the rest is.
  const may = <T>(asked: Promise<T>) => asked.catch(() => undefined);
  const rotatable = metadata.KeySpec === 'SYMMETRIC_DEFAULT' && (metadata.Origin === 'AWS_KMS' || metadata.Origin === 'EXTERNAL');
  const [usage, status, rotations] = await Promise.all([
    may(kms.send(new GetKeyLastUsageCommand({ KeyId }), { abortSignal })),
    rotatable ? may(kms.send(new GetKeyRotationStatusCommand({ KeyId }), { abortSignal })) : undefined,
    rotatable ? may(kms.send(new ListKeyRotationsCommand({ KeyId, Limit: 1000 }), { abortSignal })) : undefined,
  ]);
  found.lastUsed = usage?.KeyLastUsage?.Timestamp;
  found.since = usage?.TrackingStartDate;
  found.rotates = status?.KeyRotationEnabled;
  found.rotations = rotations?.Rotations?.map((r) => r.RotationDate).filter((d) => d !== undefined);
  return found;
}

export const pending = (m: KeyMetadata) => m.KeyState === 'PendingDeletion' || m.KeyState === 'PendingReplicaDeletion';
const own = (l: Look) => l.metadata.KeyManager !== 'AWS' && !pending(l.metadata);

export const isUnused = (l: Look, now: Date) => own(l) && now.getTime() - (l.lastUsed ?? l.metadata.CreationDate!).getTime() >= unusedDays * day;

export const isExpiring = (l: Look, now: Date) => own(l) && l.metadata.ValidTo !== undefined && l.metadata.ValidTo.getTime() - now.getTime() <= expiringDays * day;

/** isUnrotated says that a key could have been rotated in the last year, and was not. */
export function isUnrotated(l: Look, now: Date): boolean {
  if (!own(l) || l.rotations === undefined) return false;
  const last = Math.max(l.metadata.CreationDate!.getTime(), ...l.rotations.map((d) => d.getTime()));
  return now.getTime() - last > rotationDays * day;
}

/**
 * monthlyPrice is what AWS would charge for a key in a month, in US dollars, without the calls that use it.
 *
 * Source: https://aws.amazon.com/kms/pricing/
 */
export const monthlyPrice = (l: Look) => (own(l) ? 1 + Math.min(l.rotations?.length ?? 0, 2) : 0);

/** byState counts the keys of each state. */
export function byState(looks: readonly Look[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const l of looks) counts.set(l.metadata.KeyState!, (counts.get(l.metadata.KeyState!) ?? 0) + 1);
  return counts;
}
