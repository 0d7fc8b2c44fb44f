// Grants: what they may permit, and what is wrong with one that is to be made.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
import { ListGrantsCommand, type GrantListEntry, type KeyMetadata, type KMSClient } from '@aws-sdk/client-kms';
import { everything } from '../../app/load';

/** forAll are the operations that a grant on any key can permit. */
const forAll = ['DescribeKey', 'CreateGrant', 'RetireGrant'];

/** operationsFor are the operations that a grant on a key can permit, by what the key is for. */
export function operationsFor(key: Pick<KeyMetadata, 'KeySpec' | 'KeyUsage'>): string[] {
  const both = ['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo'];
  switch (key.KeyUsage as string) {
    case 'SIGN_VERIFY':
      return ['Sign', 'Verify', 'GetPublicKey', ...forAll];
    case 'KEY_AGREEMENT':
      return ['DeriveSharedSecret', 'GetPublicKey', ...forAll];
    case 'GENERATE_VERIFY_MAC':
      return ['GenerateMac', 'VerifyMac', ...forAll];
    case 'ENCAPSULATE_DECAPSULATE':
      return ['Encapsulate', 'Decapsulate', 'GetPublicKey', ...forAll];
    default:
      if ((key.KeySpec ?? 'SYMMETRIC_DEFAULT') !== 'SYMMETRIC_DEFAULT') return [...both, 'GetPublicKey', ...forAll];
      return [...both, 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext', ...forAll];
  }
}

/** Limits of a constraint by the encryption context. */
export const mostPairs = 8;
export const longestValue = 384;

const principal = /^arn:[\w-]+:(iam|sts)::\d{12}:(root|(user|role|assumed-role|federated-user)\/[\w+=,.@/-]+)$/;

/** principalError says what is wrong with the ARN of a principal. */
export function principalError(arn: string): string | undefined {
  if (arn.length > 256) return 'An ARN has at most 256 characters here.';
  if (/^[\w-]+(\.[\w-]+)+$/.test(arn)) return 'Enter the ARN of a user, role, session or account. AWS services have grants of their own making.';
  if (/:group\//.test(arn)) return 'A group can’t have a grant. Enter the ARN of a user, role, session or account.';
  return principal.test(arn) ? undefined : 'Enter the ARN of a user, role, session or account, such as arn:aws:iam::111122223333:role/ExampleRole.';
}

export function nameError(name: string): string | undefined {
  return name === '' || /^[a-zA-Z0-9:/_-]{1,256}$/.test(name) ? undefined : 'A name has 1 to 256 letters, numbers and the characters : / _ - only.';
}

export const granteeOf = (g: GrantListEntry) => g.GranteePrincipal ?? g.GranteeServicePrincipal ?? '';
export const retiringOf = (g: GrantListEntry) => g.RetiringPrincipal ?? g.RetiringServicePrincipal;

/** listGrants reads all grants of a key. */
export const listGrants = (client: KMSClient, keyId: string, signal?: AbortSignal): Promise<GrantListEntry[]> =>
  everything(async (Marker) => {
    const page = await client.send(new ListGrantsCommand({ KeyId: keyId, Marker, Limit: 100 }), { abortSignal: signal });
    return { items: page.Grants, next: page.NextMarker };
  }, signal);
