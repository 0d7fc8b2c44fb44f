// Files that a person has chosen, with their bytes.

export interface Chosen {
  file: File;
  bytes: Uint8Array;
}

/** most is what is read of a file: enough to see that it is too large. */
const most = 1 << 20;

export const readFile = async (file: File): Promise<Chosen> => ({ file, bytes: new Uint8Array(await file.slice(0, most).arrayBuffer()) });
