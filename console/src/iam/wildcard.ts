// Patterns of actions in policies: * is any characters, ? is one; the case of letters does not matter.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html

/** matches says whether a pattern means a text. It takes no longer than their lengths multiplied, whoever wrote the pattern. */
export function matches(pattern: string, text: string): boolean {
  const p = pattern.toLowerCase();
  const t = text.toLowerCase();
  let i = 0;
  let j = 0;
  let star = -1; // where the last * of the pattern was
  let taken = 0; // where what that * means ends at present
  while (j < t.length) {
    if (p[i] === '*') {
      star = i++;
      taken = j;
    } else if (i < p.length && (p[i] === '?' || p[i] === t[j])) {
      i++;
      j++;
    } else if (star >= 0) {
      i = star + 1;
      j = ++taken;
    } else {
      return false;
    }
  }
  while (p[i] === '*') i++;
  return i === p.length;
}
