// The part of Markdown that text widgets use, as plain data. What is no markup is text; HTML is
// text too.

export type Inline =
  | { kind: 'text' | 'code'; text: string }
  | { kind: 'bold' | 'italic'; children: Inline[] }
  | { kind: 'link'; href: string; children: Inline[] };

export type Block =
  | { kind: 'heading'; level: number; children: Inline[] }
  | { kind: 'paragraph'; children: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'list'; ordered: boolean; items: Inline[][] }
  | { kind: 'quote'; children: Inline[] }
  | { kind: 'table'; head: Inline[][]; rows: Inline[][][] }
  | { kind: 'rule' };

/** safeHref lets through links to the web and within the console; nothing that runs. */
export function safeHref(href: string): string | undefined {
  const text = href.trim();
  if (/^https?:\/\/[^\s]+$/i.test(text) || /^mailto:[^\s]+$/i.test(text)) return text;
  return /^\/(?!\/)[^\s\\]*$/.test(text) ? text : undefined;
}

const mark = /(`+)(.+?)\1|\*\*(.+?)\*\*|__(.+?)__|\*(\S(?:.*?\S)?)\*|\[([^\]]+)\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)/;

/** inline reads one line or paragraph. */
export function inline(text: string, depth = 0): Inline[] {
  const out: Inline[] = [];
  let rest = text;
  while (rest) {
    const m = depth < 8 ? mark.exec(rest) : null;
    if (!m) {
      out.push({ kind: 'text', text: rest });
      break;
    }
    if (m.index > 0) out.push({ kind: 'text', text: rest.slice(0, m.index) });
    if (m[2] !== undefined) out.push({ kind: 'code', text: m[2] });
    else if (m[3] ?? m[4]) out.push({ kind: 'bold', children: inline(m[3] ?? m[4], depth + 1) });
    else if (m[5] !== undefined) out.push({ kind: 'italic', children: inline(m[5], depth + 1) });
    else {
      const href = safeHref(m[7]);
      if (href === undefined) out.push({ kind: 'text', text: m[0] });
      else out.push({ kind: 'link', href, children: inline(m[6], depth + 1) });
    }
    rest = rest.slice(m.index + m[0].length);
  }
  return out;
}

const cells = (line: string) =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((c) => inline(c.trim()));

const bullet = /^\s{0,3}(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;

/** blocks reads a text. */
export function blocks(markdown: string): Block[] {
  const lines = markdown.replace(/\r\n?/g, '\n').split('\n');
  const out: Block[] = [];
  const begins = (i: number) => /^(#{1,6}\s|```|\s{0,3}>)/.test(lines[i]) || bullet.test(lines[i]) || /^\s{0,3}(?:-{3,}|\*{3,}|_{3,})\s*$/.test(lines[i]);
  const isTable = (i: number) => lines[i].includes('|') && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[i + 1] ?? '') && lines[i + 1].includes('-');
  for (let i = 0; i < lines.length; ) {
    const line = lines[i];
    if (!line.trim()) {
      i++;
      continue;
    }
    if (line.startsWith('```')) {
      const end = lines.findIndex((l, j) => j > i && l.startsWith('```'));
      const last = end < 0 ? lines.length : end;
      out.push({ kind: 'code', text: lines.slice(i + 1, last).join('\n') });
      i = last + 1;
      continue;
    }
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    if (heading) {
      out.push({ kind: 'heading', level: heading[1].length, children: inline(heading[2]) });
      i++;
    } else if (/^\s{0,3}(?:-{3,}|\*{3,}|_{3,})\s*$/.test(line)) {
      out.push({ kind: 'rule' });
      i++;
    } else if (bullet.test(line)) {
      const ordered = bullet.exec(line)![1] !== undefined;
      const items: Inline[][] = [];
      for (; i < lines.length && bullet.test(lines[i]) && (bullet.exec(lines[i])![1] !== undefined) === ordered; i++) items.push(inline(bullet.exec(lines[i])![2]));
      out.push({ kind: 'list', ordered, items });
    } else if (/^\s{0,3}>/.test(line)) {
      const from = i;
      while (i < lines.length && /^\s{0,3}>/.test(lines[i])) i++;
      out.push({ kind: 'quote', children: inline(lines.slice(from, i).map((l) => l.replace(/^\s{0,3}>\s?/, '')).join(' ')) });
    } else if (isTable(i)) {
      const head = cells(line);
      const rows: Inline[][][] = [];
      for (i += 2; i < lines.length && lines[i].includes('|'); i++) rows.push(cells(lines[i]));
      out.push({ kind: 'table', head, rows });
    } else {
      const from = i++;
      while (i < lines.length && lines[i].trim() && !begins(i)) i++;
      out.push({ kind: 'paragraph', children: inline(lines.slice(from, i).join(' ')) });
    }
  }
  return out;
}
