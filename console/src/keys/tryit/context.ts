// Encryption contexts: pairs of names and values that go with a ciphertext.

export interface Pair {
  key: string;
  value: string;
}

/** pairErrors says what is wrong with each pair, beside its fields. */
export function pairErrors(pairs: readonly Pair[], longestValue?: number): { key?: string; value?: string }[] {
  return pairs.map((p, i) => ({
    key: p.key === '' ? 'Enter a key.' : pairs.findIndex((o) => o.key === p.key) !== i ? 'There is a pair with this key already.' : undefined,
    value: longestValue !== undefined && [...p.value].length > longestValue ? `A value has at most ${longestValue} characters.` : undefined,
  }));
}

export const pairsValid = (pairs: readonly Pair[], longestValue?: number) => pairErrors(pairs, longestValue).every((e) => !e.key && !e.value);

/** contextOf is what the API takes; undefined where there are no pairs. */
export function contextOf(pairs: readonly Pair[]): Record<string, string> | undefined {
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs.map((p) => [p.key, p.value]));
}
