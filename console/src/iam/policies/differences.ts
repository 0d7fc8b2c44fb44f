// Lines that differ between two texts.

export interface Line {
  sign: ' ' | '-' | '+';
  line: string;
}

/** differences are the lines of both texts in order: those that went, those that came, those that stayed. */
export function differences(before: string, after: string): Line[] {
  const a = before.split('\n');
  const b = after.split('\n');
  // same[i][j] is how many lines the rests of both have in common.
  const same = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--) same[i][j] = a[i] === b[j] ? same[i + 1][j + 1] + 1 : Math.max(same[i + 1][j], same[i][j + 1]);
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ sign: ' ', line: a[i++] });
      j++;
    } else if (i < a.length && (j === b.length || same[i + 1][j] >= same[i][j + 1])) lines.push({ sign: '-', line: a[i++] });
    else lines.push({ sign: '+', line: b[j++] });
  }
  return lines;
}
