// The widgets of a dashboard while somebody arranges them.
import { useCallback, useMemo, useRef, useState } from 'react';
import { nameOfWidget, newKey, readBody, writeBody, type Body, type Json, type Widget } from './body';
import { columns, free, moved, stepped, type Box } from './layout';

const withBoxes = (widgets: readonly Widget[], boxes: readonly Box[]) => widgets.map((w, i) => ({ ...w, ...boxes[i] }));

/** resized gives a widget another size; its left upper corner stays. */
const resized = (boxes: readonly Box[], i: number, dx: number, dy: number) =>
  moved(boxes, i, { width: Math.min(Math.max(boxes[i].width + dx, 1), columns - boxes[i].x), height: Math.max(boxes[i].height + dy, 1) });

export function useWidgets(text: string) {
  const [body, setBody] = useState<Body>(() => readBody(text));
  const [saved, setSaved] = useState(() => writeBody(body));
  const [moving, setMoving] = useState<number>();
  const [said, setSaid] = useState('');
  const base = useRef<readonly Widget[]>(undefined);
  const current = useRef(body);
  current.current = body;

  const setWidgets = useCallback((f: (widgets: Widget[]) => Widget[]) => setBody((b) => ({ ...b, widgets: f(b.widgets) })), []);
  const end = useCallback(
    (done: boolean) => {
      const before = base.current;
      base.current = undefined;
      setMoving(undefined);
      if (!done && before) setWidgets(() => [...before]);
    },
    [setWidgets],
  );
  const place = useCallback((widgets: readonly Widget[], i: number, boxes: readonly Box[]) => {
    const next = withBoxes(widgets, boxes);
    const { x, y, width, height } = next[i];
    setBody((b) => ({ ...b, widgets: next }));
    setSaid(`${nameOfWidget(next[i])}: column ${x + 1}, row ${y + 1}, ${width} columns wide, ${height} rows high`);
  }, []);
  const arrange = useMemo(
    () => ({
      begin: (key: number) => {
        base.current = current.current.widgets;
        setMoving(key);
      },
      drag: (key: number, handle: 'move' | 'resize', dx: number, dy: number) => {
        const widgets = base.current;
        const i = widgets?.findIndex((w) => w.key === key) ?? -1;
        if (!widgets || i < 0) return;
        const { x, y } = widgets[i];
        place(widgets, i, handle === 'move' ? moved(widgets, i, { x: x + dx, y: y + dy }) : resized(widgets, i, dx, dy));
      },
      end,
      onKey: (key: number, handle: 'move' | 'resize', arrow: string) => {
        const { widgets } = current.current;
        const i = widgets.findIndex((w) => w.key === key);
        if (i < 0) return;
        const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[arrow] ?? [0, 0];
        place(widgets, i, handle === 'move' ? stepped(widgets, i, arrow as 'ArrowLeft') : resized(widgets, i, dx, dy));
      },
    }),
    [end, place],
  );
  return {
    body,
    moving,
    /** where the widget is that was moved last, in words */
    said,
    arrange,
    dirty: writeBody(body) !== saved,
    /** replace takes a body that somebody wrote; it throws if it is none. */
    replace: (source: string) => setBody(readBody(source)),
    markSaved: () => setSaved(writeBody(body)),
    add: (type: string, properties: Json, size: { width: number; height: number }) =>
      setWidgets((all) => [...all, { ...free(all, size), key: newKey(), type, properties, more: {} }]),
    update: (key: number, part: Partial<Widget>) => setWidgets((all) => all.map((w) => (w.key === key ? { ...w, ...part } : w))),
    duplicate: (key: number) =>
      setWidgets((all) => {
        const w = all.find((w) => w.key === key);
        return w ? [...all, { ...w, ...free(all, w), key: newKey() }] : all;
      }),
    remove: (key: number) => setWidgets((all) => all.filter((w) => w.key !== key)),
  };
}
