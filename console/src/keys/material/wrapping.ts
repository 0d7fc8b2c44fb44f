// How key material is wrapped for its import, by the kind of key.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-get-public-key-and-token.html,
// https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-encrypt-key-material.html
import type { AlgorithmSpec, KeyMetadata, WrappingKeySpec } from '@aws-sdk/client-kms';

export const wrappingKeySpecs: readonly WrappingKeySpec[] = ['RSA_4096', 'RSA_3072', 'RSA_2048'];

export const isSymmetric = (key: KeyMetadata) => (key.KeySpec ?? 'SYMMETRIC_DEFAULT') === 'SYMMETRIC_DEFAULT';

/** wrappingAlgorithms are those that can carry the material of a key, the recommended one first. */
export function wrappingAlgorithms(keySpec: string, wrappingKeySpec: string): AlgorithmSpec[] {
  const oaep: AlgorithmSpec[] = ['RSAES_OAEP_SHA_256', 'RSAES_OAEP_SHA_1'];
  const twoSteps: AlgorithmSpec[] = ['RSA_AES_KEY_WRAP_SHA_256', 'RSA_AES_KEY_WRAP_SHA_1'];
  if (keySpec.startsWith('RSA_')) return twoSteps;
  if (keySpec === 'ECC_NIST_P521' && wrappingKeySpec === 'RSA_2048') return twoSteps;
  if (keySpec.startsWith('ECC_')) return [...twoSteps, ...oaep];
  return oaep;
}

const hash = (algorithm: string) => (algorithm.endsWith('SHA_1') ? 'sha1' : 'sha256');
export const isTwoSteps = (algorithm: string) => algorithm.startsWith('RSA_AES_KEY_WRAP');

const curves: Record<string, string> = { ECC_NIST_P256: 'P-256', ECC_NIST_P384: 'P-384', ECC_NIST_P521: 'P-521', ECC_SECG_P256K1: 'secp256k1' };

/** generate is the command that makes fresh material for a key. */
function generate(keySpec: string): string {
  const pkcs8 = ' | openssl pkcs8 -topk8 -nocrypt -outform DER -out KeyMaterial.bin';
  if (keySpec.startsWith('RSA_')) return `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:${keySpec.slice(4)}${pkcs8}`;
  if (keySpec === 'ECC_NIST_EDWARDS25519') return `openssl genpkey -algorithm ED25519${pkcs8}`;
  if (curves[keySpec]) return `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:${curves[keySpec]} -pkeyopt ec_param_enc:named_curve${pkcs8}`;
  const bytes = keySpec.startsWith('HMAC_') ? Number(keySpec.slice(5)) / 8 : 32;
  return `openssl rand -out KeyMaterial.bin ${bytes}`;
}

/** commands are those of OpenSSL 3 that make key material and wrap it. */
export function commands(keySpec: string, algorithm: string): string {
  const encrypt = (from: string, to: string) =>
    [
      `openssl pkeyutl -encrypt -in ${from} -out ${to}`,
      '-inkey WrappingPublicKey.bin -keyform DER -pubin',
      `-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:${hash(algorithm)} -pkeyopt rsa_mgf1_md:${hash(algorithm)}`,
    ].join(' \\\n    ');
  const make = `# Make key material, unless you have it already\n${generate(keySpec)}`;
  if (!isTwoSteps(algorithm)) return `${make}\n\n# Wrap it with the public key\n${encrypt('KeyMaterial.bin', 'WrappedKeyMaterial.bin')}\n`;
  return [
    make,
    '',
    '# Wrap it with an AES key of one use, and that key with the public key',
    'openssl rand -out AesKey.bin 32',
    "openssl enc -id-aes256-wrap-pad -iv A65959A6 -e -K $(od -An -v -tx1 AesKey.bin | tr -d ' \\n') \\\n    -in KeyMaterial.bin -out WrappedMaterialOnly.bin",
    encrypt('AesKey.bin', 'WrappedAesKey.bin'),
    'cat WrappedAesKey.bin WrappedMaterialOnly.bin > WrappedKeyMaterial.bin',
    '',
  ].join('\n');
}

const largest = 6144;

const looksLikeText = (bytes: Uint8Array) => bytes.length > 0 && bytes.every((b) => b === 9 || b === 10 || b === 13 || (b >= 32 && b < 127));

function fileError(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return 'This file is empty.';
  if (bytes.length > largest) return `This file has ${bytes.length} bytes; at most ${largest} are taken.`;
  if (looksLikeText(bytes)) return 'This file is text, perhaps in base64. Choose the binary file.';
  return undefined;
}

/** wrappedError says why a file can't be wrapped key material. */
export function wrappedError(bytes: Uint8Array, algorithm: string): string | undefined {
  const wrong = fileError(bytes);
  if (wrong) return wrong;
  const sizes = [256, 384, 512];
  if (!isTwoSteps(algorithm)) {
    return sizes.includes(bytes.length) ? undefined : `This file has ${bytes.length} bytes. Material that is wrapped by ${algorithm} has as many bytes as the wrapping key: 256, 384 or 512. Was the material wrapped?`;
  }
  return bytes.length > sizes[0] && bytes.length % 8 === 0 ? undefined : `This file has ${bytes.length} bytes. Material that is wrapped by ${algorithm} has a wrapped AES key of 256, 384 or 512 bytes and then the material in blocks of 8 bytes.`;
}

/** tokenError says why a file can't be an import token. */
export function tokenError(bytes: Uint8Array, wrapped: Uint8Array | undefined): string | undefined {
  const wrong = fileError(bytes);
  if (wrong) return wrong;
  if (wrapped && wrapped.length === bytes.length && wrapped.every((b, i) => b === bytes[i])) return 'This is the same file as the wrapped key material. Choose ImportToken.bin.';
  return undefined;
}

/** readme is the text that goes with the downloaded files. */
export function readme(keyArn: string, wrappingKeySpec: string, algorithm: string, until: Date, keySpec: string): string {
  return [
    `KMS key: ${keyArn}`,
    `Key spec: ${keySpec}`,
    `Wrapping key spec: ${wrappingKeySpec}`,
    `Wrapping algorithm: ${algorithm}`,
    `Public key and import token expire at: ${until.toISOString()}`,
    '',
    'WrappingPublicKey.bin is the public key (DER) that the key material is to be encrypted with.',
    'ImportToken.bin is the import token, to be uploaded together with the encrypted key material.',
    'They belong together and to this key. Other public keys and tokens can’t be used with them.',
    '',
    'With OpenSSL 3, in the folder of these files:',
    '',
    commands(keySpec, algorithm),
  ].join('\n');
}
