// The body of a dashboard, as PutDashboard has it. What is not understood is kept as it is.
import { parseRelative, type Range } from '../../graph/range/range.ts';
import { arranged, tidy, type Box } from './layout.ts';

export type Json = Record<string, unknown>;

export interface Widget extends Box {
  /** tells this widget from others as long as the screen is open */
  key: number;
  type: string;
  properties: Json;
  /** members that are none of these */
  more: Json;
}

export interface Body {
  widgets: Widget[];
  more: Json;
}

let keys = 0;
export const newKey = () => ++keys;

const object = (v: unknown): Json => (typeof v === 'object' && v !== null && !Array.isArray(v) ? (v as Json) : {});
const number = (v: unknown, usual: number) => (typeof v === 'number' && Number.isFinite(v) ? Math.round(v) : usual);

/** readBody reads the JSON of a body; it throws what is wrong with it. */
export function readBody(text: string): Body {
  const root: unknown = JSON.parse(text || '{}');
  if (typeof root !== 'object' || root === null || Array.isArray(root)) throw new Error('The body must be a JSON object.');
  const { widgets = [], ...more } = root as Json;
  if (!Array.isArray(widgets)) throw new Error('The member "widgets" must be an array.');
  let bottom = 0;
  const read = widgets.map((w: unknown): Widget => {
    const { type, x, y, width, height, properties, ...others } = object(w);
    const box = { x: number(x, 0), y: number(y, bottom), width: number(width, 6), height: number(height, 6) };
    bottom = Math.max(bottom, box.y + box.height);
    return { ...box, key: newKey(), type: typeof type === 'string' ? type : 'unknown', properties: object(properties), more: others };
  });
  if (tidy(read)) return { widgets: read, more };
  const boxes = arranged(read);
  return { widgets: read.map((w, i) => ({ ...w, ...boxes[i] })), more };
}

/** writeBody is the JSON of a body. */
export const writeBody = (body: Body) =>
  JSON.stringify({
    ...body.more,
    widgets: body.widgets.map(({ type, x, y, width, height, properties, more }) => ({ ...more, type, x, y, width, height, properties })),
  });

/** rangeOfBody is the range that a dashboard begins with: "-PT3H", "-P2D", or from one moment to another. */
export function rangeOfBody({ more }: Body): Range | undefined {
  const start = typeof more.start === 'string' ? more.start : '';
  const m = /^-P(?:T(\d+)([HM])|(\d+)([DW]))$/.exec(start);
  if (m) {
    const relative = `${m[1] ?? m[3]}${(m[2] ?? m[4]).toLowerCase()}`;
    return parseRelative(relative) ? { relative: relative as `${number}h` } : undefined;
  }
  const [from, to] = [new Date(start), new Date(typeof more.end === 'string' ? more.end : NaN)];
  return to > from ? { from, to } : undefined;
}

/** nameOfWidget is what a widget is called in lists and labels. */
export function nameOfWidget(w: Widget): string {
  const { title, markdown } = w.properties;
  if (typeof title === 'string' && title) return title;
  if (w.type === 'text') {
    const line = typeof markdown === 'string' ? markdown.split('\n').map((l) => l.replace(/[#*`_>]/g, '').trim()).find(Boolean) : undefined;
    return line ? line.slice(0, 60) : 'Text';
  }
  return { metric: 'Graph', alarm: 'Alarm status' }[w.type] ?? `Widget of the type ${w.type}`;
}
