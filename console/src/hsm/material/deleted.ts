// What CloudTrail's record of a DeleteKey event says about the material of a key that was in a
// CloudHSM key store, and which backups may still have that material.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/ct-delete-key.html
import type { Backup, Cluster } from '../../app/hsm-client';

export interface DeletedKey {
  /** of the event: rows are told apart by it */
  eventId: string;
  keyArn: string;
  keyId: string;
  store: string;
  cluster: string;
  backingKeyIds: string[];
  deleted: Date;
  /** of the material in the HSMs */
  status: 'SUCCESS' | 'FAILURE';
}

type Json = Record<string, unknown>;
const object = (v: unknown): Json => (typeof v === 'object' && v !== null && !Array.isArray(v) ? (v as Json) : {});
const text = (v: unknown) => (typeof v === 'string' ? v : '');

/** listIn reads a list that a record has as a text of JSON. */
function listIn(v: unknown): Json[] {
  try {
    const all: unknown = typeof v === 'string' ? JSON.parse(v) : v;
    return Array.isArray(all) ? all.map(object) : [];
  } catch {
    return [];
  }
}

/** readDeleted reads the record of a DeleteKey event; undefined if its key was not in HSMs. */
export function readDeleted(record: string): DeletedKey | undefined {
  let e: Json;
  try {
    e = object(JSON.parse(record));
  } catch {
    return undefined;
  }
  const more = object(e.additionalEventData);
  const outcomes = listIn(more.backingKeysDeletionStatus);
  if (text(e.eventName) !== 'DeleteKey' || outcomes.length === 0) return undefined;
  const resources = Array.isArray(e.resources) ? e.resources.map(object) : [];
  const keyArn = text(object(e.responseElements).keyId) || text(resources[0]?.ARN) || text(object(e.serviceEventDetails).keyId);
  return {
    eventId: text(e.eventID),
    keyArn,
    keyId: keyArn.replace(/^.*:key\//, ''),
    store: text(more.customKeyStoreId),
    cluster: text(more.clusterId),
    backingKeyIds: outcomes.map((o) => text(o.backingKeyId)).filter(Boolean),
    deleted: new Date(text(e.eventTime)),
    status: outcomes.every((o) => o.deletionStatus === 'SUCCESS') ? 'SUCCESS' : 'FAILURE',
  };
}

/** a backup that is being made while a key is deleted may have it or not */
const margin = 60;

export interface Holders {
  /** backups, each with why it may have the material */
  backups: { backup: Backup; why: string }[];
  /** clusters that were restored from one of them */
  clusters: { cluster: Cluster; from: string }[];
}

/**
 * holdersOf finds where the material may still be: in backups of the cluster from the creation of
 * the key to its deletion, or to now if the deletion failed; in copies of these; in clusters made
 * of them, and in the backups of those clusters. Without a creation time, all older backups count.
 */
export function holdersOf(key: DeletedKey, created: Date | undefined, backups: readonly Backup[], clusters: readonly Cluster[]): Holders {
  const from = created ? created.getTime() / 1000 - margin : -Infinity;
  const to = key.status === 'SUCCESS' ? key.deleted.getTime() / 1000 + margin : Infinity;
  const found = new Map<string, string>();
  const made = new Map<string, string>();
  const add = (b: Backup, why: string) => !found.has(b.BackupId) && found.set(b.BackupId, why);
  for (const b of backups) {
    const at = b.CreateTimestamp ?? 0;
    if (b.ClusterId === key.cluster && !b.SourceBackup && at >= from && at <= to) add(b, 'Made while the material was in the cluster');
  }
  for (let before = -1; before !== found.size + made.size; ) {
    before = found.size + made.size;
    for (const b of backups) if (b.SourceBackup && found.has(b.SourceBackup)) add(b, `A copy of ${b.SourceBackup}`);
    for (const c of clusters) if (c.SourceBackupId && found.has(c.SourceBackupId) && c.ClusterId !== key.cluster) made.set(c.ClusterId, c.SourceBackupId);
    for (const b of backups) if (b.ClusterId && made.has(b.ClusterId)) add(b, `Of ${b.ClusterId}, which was restored from ${made.get(b.ClusterId)}`);
  }
  const gone = (state?: string) => state === 'DELETED';
  return {
    backups: backups.filter((b) => found.has(b.BackupId) && !gone(b.BackupState)).map((backup) => ({ backup, why: found.get(backup.BackupId)! })),
    clusters: clusters.filter((c) => made.has(c.ClusterId) && !gone(c.State)).map((cluster) => ({ cluster, from: made.get(cluster.ClusterId)! })),
  };
}
