// The pop-up at a point: the time, and each line with its dimensions and its value there.
import { dimensionsOf, entriesAt, none, type Line } from '../data/lines.ts';
import { formatValue } from '../format/number.ts';

const shown = 25;

function element(style: string, text?: string): HTMLElement {
  const e = document.createElement('div');
  e.style.cssText = style;
  if (text !== undefined) e.textContent = text;
  return e;
}

/** entryText says a line and its value in words. */
export const entryText = (line: Line, value: number | undefined, unit?: string) =>
  [line.label, dimensionsOf(line) && `(${dimensionsOf(line)})`, value === undefined ? none : formatValue(value, unit)].filter(Boolean).join(' ');

/** popup is the element that is shown at time t. */
export function popup(lines: readonly (Line & { color: string })[], t: number, when: string, unit?: string): HTMLElement {
  const box = element('max-width:420px;white-space:normal;font-size:12px;line-height:1.45');
  box.setAttribute('role', 'tooltip');
  box.append(element('font-weight:700;margin-bottom:4px', when));
  const entries = entriesAt(lines, t);
  for (const { line, value } of entries.slice(0, shown)) {
    const row = element('display:flex;gap:8px;align-items:baseline');
    const swatch = element(`flex:none;width:10px;height:10px;border-radius:2px`);
    swatch.style.background = (line as Line & { color: string }).color;
    const words = element('flex:1;min-width:0;overflow-wrap:anywhere', line.label);
    const dimensions = dimensionsOf(line);
    if (dimensions) words.append(element('opacity:0.75', dimensions));
    row.append(swatch, words, element('flex:none;font-weight:700;font-variant-numeric:tabular-nums', value === undefined ? none : formatValue(value, unit)));
    box.append(row);
  }
  if (entries.length > shown) box.append(element('opacity:0.75', `and ${entries.length - shown} more: see the table`));
  return box;
}
