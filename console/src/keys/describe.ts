// Keys in the words of AWS's console: specs, usages, states, and what a key can do.
import type { KeyMetadata, KeySpec, KeyUsageType } from '@aws-sdk/client-kms';

/** Usage and Spec are strings: the server knows usages and specs that the SDK's types do not have yet. */
export type Usage = string;
export type Spec = string;

export type StateType = 'success' | 'warning' | 'error' | 'stopped' | 'pending' | 'in-progress';

/** states are the states of keys, with how the console marks them. */
export const states: Readonly<Record<string, { text: string; type: StateType }>> = {
  Enabled: { text: 'Enabled', type: 'success' },
  Disabled: { text: 'Disabled', type: 'stopped' },
  Creating: { text: 'Creating', type: 'in-progress' },
  Updating: { text: 'Updating', type: 'in-progress' },
  PendingImport: { text: 'Pending import', type: 'pending' },
  PendingDeletion: { text: 'Pending deletion', type: 'warning' },
  PendingReplicaDeletion: { text: 'Pending replica deletion', type: 'warning' },
  Unavailable: { text: 'Unavailable', type: 'error' },
};

export const stateText = (state: string | undefined) => (state === undefined ? '–' : (states[state]?.text ?? state));

export const usageNames: Readonly<Record<Usage, string>> = {
  ENCRYPT_DECRYPT: 'Encrypt and decrypt',
  SIGN_VERIFY: 'Sign and verify',
  GENERATE_VERIFY_MAC: 'Generate and verify MAC',
  KEY_AGREEMENT: 'Key agreement',
  ENCAPSULATE_DECAPSULATE: 'Encapsulate and decapsulate',
};

export const usageText = (usage: Usage | undefined) => (usage === undefined ? '–' : (usageNames[usage] ?? usage));

export const originNames: Readonly<Record<string, string>> = {
  AWS_KMS: 'AWS KMS',
  EXTERNAL: 'External (Import key material)',
  AWS_CLOUDHSM: 'AWS CloudHSM key store',
  EXTERNAL_KEY_STORE: 'External key store',
};

export const originText = (origin: string | undefined) => (origin === undefined ? '–' : (originNames[origin] ?? origin));

const rsa = ['RSA_2048', 'RSA_3072', 'RSA_4096'];
const nist = ['ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521'];

/** specs are the specs for each type and usage, in the order of AWS's console; the first is the usual one. */
export const specs: Readonly<Record<'Symmetric' | 'Asymmetric', Readonly<Record<Usage, readonly Spec[]>>>> = {
  Symmetric: {
    ENCRYPT_DECRYPT: ['SYMMETRIC_DEFAULT'],
    GENERATE_VERIFY_MAC: ['HMAC_256', 'HMAC_224', 'HMAC_384', 'HMAC_512'],
  },
  Asymmetric: {
    ENCRYPT_DECRYPT: rsa,
    SIGN_VERIFY: [...rsa, ...nist, 'ECC_SECG_P256K1', 'ECC_NIST_EDWARDS25519', 'ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'],
    KEY_AGREEMENT: nist,
    ENCAPSULATE_DECAPSULATE: ['ML_KEM_768', 'ML_KEM_512', 'ML_KEM_1024'],
  },
};

export const allSpecs: readonly Spec[] = ['SYMMETRIC_DEFAULT', 'HMAC_224', 'HMAC_256', 'HMAC_384', 'HMAC_512', ...specs.Asymmetric.SIGN_VERIFY, 'ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024'];

/** importable says whether key material of a spec can come from outside. */
export const importable = (spec: Spec) => !/^ML_(DSA|KEM)_/.test(spec);

export const isSymmetricSpec = (spec: Spec | undefined) => spec === 'SYMMETRIC_DEFAULT' || spec === 'SM4' || !!spec?.startsWith('HMAC_');

/** keyType is Symmetric or Asymmetric. HMAC keys are symmetric. */
export const keyType = (spec: Spec | undefined) => (spec === undefined ? '–' : isSymmetricSpec(spec) ? 'Symmetric' : 'Asymmetric');

export const regionality = (m: Pick<KeyMetadata, 'MultiRegion' | 'MultiRegionConfiguration'>) =>
  !m.MultiRegion ? 'Single Region' : m.MultiRegionConfiguration?.MultiRegionKeyType === 'REPLICA' ? 'Multi-Region replica' : 'Multi-Region primary';

/** mechanisms are the algorithms of a spec and usage, and what AWS calls their list. */
export function mechanisms(spec: Spec | undefined, usage: Usage | undefined): { label: string; algorithms: readonly string[] } {
  switch (usage) {
    case 'ENCRYPT_DECRYPT':
      return { label: 'Encryption algorithms', algorithms: spec?.startsWith('RSA_') ? ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] : ['SYMMETRIC_DEFAULT'] };
    case 'GENERATE_VERIFY_MAC':
      return { label: 'MAC algorithms', algorithms: spec ? [spec.replace('HMAC_', 'HMAC_SHA_')] : [] };
    case 'KEY_AGREEMENT':
      return { label: 'Key agreement algorithms', algorithms: ['ECDH'] };
    case 'ENCAPSULATE_DECAPSULATE':
      return { label: 'Encapsulation algorithms', algorithms: ['ML_KEM'] };
    case 'SIGN_VERIFY':
      return { label: 'Signing algorithms', algorithms: signing(spec) };
    default:
      return { label: 'Algorithms', algorithms: [] };
  }
}

function signing(spec: Spec | undefined): readonly string[] {
  const bits = ['256', '384', '512'];
  if (spec?.startsWith('RSA_')) return [...bits.map((b) => `RSASSA_PKCS1_V1_5_SHA_${b}`), ...bits.map((b) => `RSASSA_PSS_SHA_${b}`)];
  if (spec?.startsWith('ML_DSA_')) return ['ML_DSA_SHAKE_256'];
  if (spec === 'ECC_NIST_EDWARDS25519') return ['ED25519_SHA_512', 'ED25519_PH_SHA_512'];
  return [spec === 'ECC_NIST_P384' ? 'ECDSA_SHA_384' : spec === 'ECC_NIST_P521' ? 'ECDSA_SHA_512' : 'ECDSA_SHA_256'];
}

/** algorithmsOf are a key's algorithms as the server names them. */
export function algorithmsOf(m: KeyMetadata): { label: string; algorithms: readonly string[] } {
  const known = mechanisms(m.KeySpec, m.KeyUsage);
  return { label: known.label, algorithms: m.EncryptionAlgorithms ?? m.SigningAlgorithms ?? m.MacAlgorithms ?? m.KeyAgreementAlgorithms ?? known.algorithms };
}

export const isSymmetricEncryption = (m: KeyMetadata) => m.KeySpec === 'SYMMETRIC_DEFAULT';
export const isAsymmetric = (m: KeyMetadata) => keyType(m.KeySpec) === 'Asymmetric';
export const inCustomStore = (m: KeyMetadata) => m.CustomKeyStoreId !== undefined;
export const isPendingDeletion = (m: KeyMetadata) => m.KeyState === 'PendingDeletion' || m.KeyState === 'PendingReplicaDeletion';
export const isAwsManaged = (m: KeyMetadata) => m.KeyManager === 'AWS';
/** rotates says whether a key's material can be rotated, by AWS KMS or on demand. */
export const rotates = (m: KeyMetadata) => isSymmetricEncryption(m) && !inCustomStore(m);

/** asSpec and asUsage hand names to the SDK, whose types may be older than the server. */
export const asSpec = (spec: Spec) => spec as KeySpec;
export const asUsage = (usage: Usage) => usage as KeyUsageType;

/** keyPath is the address of a key's screen; id is a key ID, an ARN or an alias. */
export const keyPath = (id: string, managed = false) => `/kms/${managed ? 'aws-managed' : 'keys'}/${encodeURIComponent(id)}`;

/** withoutPrefix is the name of an alias as the console shows it. */
export const withoutPrefix = (alias: string) => alias.replace(/^alias\//, '');
