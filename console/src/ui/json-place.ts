// Where a text stops being JSON, which not every browser's parser tells.

/** jsonPlace is the offset of the first character that cannot be there; undefined for JSON. */
export function jsonPlace(text: string): number | undefined {
  let at = 0;
  let failed: number | undefined;
  const fail = (where = at) => ((failed ??= where), false);
  const space = () => {
    while (at < text.length && ' \t\n\r'.includes(text[at])) at++;
  };
  const string = () => {
    const m = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
    m.lastIndex = at;
    if (!m.test(text)) return fail();
    at = m.lastIndex;
    return text[at] === '"' ? (at++, true) : fail();
  };
  const list = (end: string, item: () => boolean) => {
    at++;
    space();
    if (text[at] === end) return at++, true;
    for (;;) {
      if (!item()) return false;
      space();
      if (text[at] === end) return at++, true;
      if (text[at] !== ',') return fail();
      at++;
      space();
    }
  };
  const value = (): boolean => {
    space();
    if (text[at] === '{')
      return list('}', () => {
        if (!string()) return false;
        space();
        if (text[at] !== ':') return fail();
        at++;
        return value();
      });
    if (text[at] === '[') return list(']', value);
    if (text[at] === '"') return string();
    const m = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)/y;
    m.lastIndex = at;
    if (!m.test(text)) return fail();
    at = m.lastIndex;
    return true;
  };
  if (value()) {
    space();
    if (at < text.length) fail();
  }
  return failed;
}

/** lineOf is the number of the line of an offset. */
export const lineOf = (text: string, offset: number) => text.slice(0, offset).split('\n').length;
