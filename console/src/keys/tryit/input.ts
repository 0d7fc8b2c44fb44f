// What a person enters as bytes: a text, base64 or hexadecimal digits.
import { fromBase64, fromHex, fromText } from '../../app/bytes.ts';

export type Format = 'text' | 'base64' | 'hex';

export interface Entered {
  text: string;
  format: Format;
}

export const nothing: Entered = { text: '', format: 'text' };
export const noBase64: Entered = { text: '', format: 'base64' };

/** bytesOf are the bytes that were entered; undefined if they are not of their format. */
export function bytesOf({ text, format }: Entered): Uint8Array | undefined {
  return format === 'text' ? fromText(text) : format === 'hex' ? fromHex(text) : fromBase64(text);
}

interface Limits {
  /** what it is: "message" */
  what: string;
  most?: number;
  exactly?: number;
}

/** enteredError says what is wrong with what was entered. */
export function enteredError(entered: Entered, { what, most, exactly }: Limits): string | undefined {
  if (entered.text === '') return `Enter the ${what}.`;
  const bytes = bytesOf(entered);
  if (!bytes) return entered.format === 'hex' ? 'This is not hexadecimal: enter pairs of the digits 0–9 and a–f.' : 'This is not base64.';
  if (bytes.length === 0) return `Enter the ${what}.`;
  if (exactly !== undefined && bytes.length !== exactly) return `The ${what} must have ${exactly} bytes. It has ${bytes.length}.`;
  if (most !== undefined && bytes.length > most) return `The ${what} can have at most ${most} bytes. It has ${bytes.length}.`;
  return undefined;
}

/** mostPlaintext is how many bytes can be encrypted at once. */
export function mostPlaintext(keySpec: string, algorithm: string): number {
  if (!keySpec.startsWith('RSA_')) return 4096;
  return Number(keySpec.slice(4)) / 8 - 2 * (algorithm === 'RSAES_OAEP_SHA_1' ? 20 : 32) - 2;
}

export type MessageType = 'RAW' | 'DIGEST' | 'EXTERNAL_MU';

/** messageTypes are those that a signing algorithm takes. */
export function messageTypes(algorithm: string): MessageType[] {
  if (algorithm === 'ED25519_SHA_512') return ['RAW'];
  if (algorithm === 'ED25519_PH_SHA_512') return ['DIGEST'];
  if (algorithm.startsWith('ML_DSA')) return ['RAW', 'EXTERNAL_MU'];
  return ['RAW', 'DIGEST'];
}

/** messageLimits are the sizes of a message of a type. */
export function messageLimits(algorithm: string, type: MessageType): Limits {
  if (type === 'RAW') return { what: 'message', most: 4096 };
  if (type === 'EXTERNAL_MU') return { what: 'message representative', exactly: 64 };
  return { what: 'message digest', exactly: Number(/\d+$/.exec(algorithm)?.[0] ?? 256) / 8 };
}
