// Bytes as text, and text as bytes.

export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary);
}

/** fromBase64 reads base64 with or without line breaks; anything else is undefined. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const plain = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(plain)) return undefined;
  try {
    return Uint8Array.from(atob(plain), (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}

export const toHex = (bytes: Uint8Array) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

export const fromText = (text: string) => new TextEncoder().encode(text);

/** toText reads UTF-8; bytes that are none are undefined. */
export function toText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** toPem is DER in PEM's armor. */
export const toPem = (der: Uint8Array, label: string) =>
  `-----BEGIN ${label}-----\n${(toBase64(der).match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;

/** fromPem reads one PEM block, or base64 without armor. */
export function fromPem(text: string): Uint8Array<ArrayBuffer> | undefined {
  const block = /-----BEGIN [^-]+-----([\s\S]*?)-----END [^-]+-----/.exec(text);
  return fromBase64(block ? block[1] : text);
}

/** fromHex reads hexadecimal digits, with or without spaces and colons between them. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  const plain = text.replace(/[\s:]+/g, '');
  if (!/^([0-9a-fA-F]{2})*$/.test(plain)) return undefined;
  return Uint8Array.from(plain.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}
