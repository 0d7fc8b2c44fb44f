// Which CloudHSM clusters a key store can have, and why others can't.
import type { Cluster } from '../../app/hsm-client';

export interface Choice {
  cluster: Cluster;
  /** why it can't be chosen */
  why?: string;
}

/** A cluster and those made of its backups have one certificate: it tells which are related. */
export const certificateOf = (c: Cluster) => c.Certificates?.ClusterCertificate?.trim();

const active = (c: Cluster) => (c.Hsms ?? []).filter((h) => h.State === 'ACTIVE');

/** unfit says why a cluster can't be that of a key store, whoever else uses it. */
export function unfit(c: Cluster): string | undefined {
  if (c.State !== 'ACTIVE') {
    const next: Record<string, string> = { UNINITIALIZED: 'Create an HSM and initialize it.', INITIALIZED: 'Activate it: keystead hsm activate.' };
    return `It is not active: its state is ${c.State}. ${next[c.State ?? ''] ?? ''}`.trim();
  }
  const hsms = active(c);
  // Clusters of a vendor's HSMs have no backup retention policy. How many HSMs they need is configured.
  if (!c.BackupRetentionPolicy && hsms.length > 0) return undefined;
  if (hsms.length < 2) return `It has ${hsms.length === 0 ? 'no active HSM' : 'one active HSM'}. It needs two in different Availability Zones.`;
  if (new Set(hsms.map((h) => h.AvailabilityZone)).size < 2) return 'Its active HSMs are in one Availability Zone. It needs two in different ones.';
  return undefined;
}

/** choices are all clusters, those that can be chosen first. used are the cluster ids of key stores. */
export function choices(all: readonly Cluster[], used: readonly string[]): Choice[] {
  const taken = new Set(all.filter((c) => used.includes(c.ClusterId)).map(certificateOf).filter(Boolean));
  return sorted(
    all.map((cluster) => {
      const certificate = certificateOf(cluster);
      const why =
        used.includes(cluster.ClusterId) ? 'A key store of this account has it already.'
        : certificate && taken.has(certificate) ? 'It shares a backup history with the cluster of another key store.'
        : unfit(cluster);
      return { cluster, why };
    }),
  );
}

/** related are the choices of a key store that has a cluster: those with the same certificate. */
export function related(all: readonly Cluster[], current: string): Choice[] {
  const own = all.find((c) => c.ClusterId === current);
  const certificate = own && certificateOf(own);
  return sorted(
    all.map((cluster) => {
      const why =
        cluster.ClusterId === current ? undefined
        : certificate && certificateOf(cluster) !== certificate ? 'It does not share a backup history with the cluster of the key store.'
        : unfit(cluster);
      return { cluster, why };
    }),
  );
}

const sorted = (all: Choice[]) => all.sort((a, b) => Number(a.why !== undefined) - Number(b.why !== undefined) || a.cluster.ClusterId.localeCompare(b.cluster.ClusterId));
