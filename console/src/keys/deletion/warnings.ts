// What is lost with a key, by its kind.
import type { KeyMetadata } from '@aws-sdk/client-kms';

const usages: Record<string, string> = {
  ENCRYPT_DECRYPT: 'You can no longer decrypt the data that was encrypted under it, and that data becomes unrecoverable.',
  SIGN_VERIFY: 'You can no longer sign with it. Signatures can still be verified outside of KMS by those who have its public key.',
  KEY_AGREEMENT: 'You can no longer derive shared secrets with it, and what was encrypted under them may become unrecoverable.',
  GENERATE_VERIFY_MAC: 'You can no longer generate or verify HMACs with it.',
  ENCAPSULATE_DECAPSULATE: 'You can no longer decapsulate shared secrets with it, and what was encrypted under them becomes unrecoverable.',
};

/** lossesOf says what is lost when a key is deleted, and what is not deleted with it. */
export function lossesOf(key: KeyMetadata): string[] {
  const all = [usages[key.KeyUsage ?? 'ENCRYPT_DECRYPT'] ?? ''];
  const symmetric = (key.KeySpec ?? 'SYMMETRIC_DEFAULT') === 'SYMMETRIC_DEFAULT';
  const mayKeepEncrypting = !symmetric && ['ENCRYPT_DECRYPT', 'KEY_AGREEMENT', 'ENCAPSULATE_DECAPSULATE'].includes(key.KeyUsage as string);
  if (mayKeepEncrypting) all.push('People who have its public key can go on encrypting with it outside of KMS; such ciphertexts can’t be decrypted, and nothing tells them so.');
  if (key.Origin === 'EXTERNAL' && symmetric) all.push('Its imported key material is deleted too. Ciphertexts stay unrecoverable even if you import the same material into another KMS key.');
  if (key.Origin === 'EXTERNAL' && !symmetric) all.push('Its imported key material is deleted too. With your own copy of the material you can go on outside of KMS.');
  if (key.Origin === 'AWS_CLOUDHSM') {
    all.push('When the waiting period ends, KMS makes a best effort to delete the key material from the CloudHSM cluster. You might have to delete orphaned key material from the cluster and its backups yourself.');
  }
  if (key.Origin === 'EXTERNAL_KEY_STORE') {
    all.push('Deleting a KMS key in an external key store does not delete the external key in your external key manager. Yet without the KMS key, the external key alone can’t decrypt its ciphertexts.');
  }
  const region = key.MultiRegionConfiguration;
  if (key.MultiRegion && region?.MultiRegionKeyType === 'REPLICA') {
    all.push('It is a replica key. Its primary key and the other replica keys are not deleted.');
  }
  if (key.MultiRegion && region?.MultiRegionKeyType === 'PRIMARY' && region.ReplicaKeys?.length) {
    all.push(`It is a multi-Region primary key. Its waiting period begins when all of its replica keys have been deleted (${region.ReplicaKeys.map((r) => r.Region).join(', ')}); until then its status is Pending replica deletion.`);
  }
  return all;
}
