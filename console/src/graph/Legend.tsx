// The list of lines below a graph: one colour each; a click hides a line and shows it again. It
// shows whole rows, and scrolls where there are more than have place.
import type { Ref } from 'react';
import { dimensionsOf, type Line } from './data/lines.ts';

interface Props {
  lines: readonly (Line & { color: string })[];
  hidden: ReadonlySet<string>;
  toggle: (key: string) => void;
  label: string;
  /** rows at most, where there is little place: long labels end in … there */
  rows?: number;
  ref?: Ref<HTMLUListElement>;
}

/** pixels of a row in graph.css, and between two of them */
const row = 20;
const gap = 2;

export function Legend({ lines, hidden, toggle, label, rows, ref }: Props) {
  return (
    <ul ref={ref} className={rows ? 'graph-legend graph-legend-short' : 'graph-legend'} style={{ maxHeight: (rows ?? 10) * (row + gap) - gap }} aria-label={`Lines of ${label}`}>
      {lines.map((l) => {
        const shown = !hidden.has(l.key);
        return (
          <li key={l.key}>
            <button type="button" aria-pressed={shown} title={dimensionsOf(l) || l.label} onClick={() => toggle(l.key)}>
              <i style={shown ? { background: l.color } : { boxShadow: `inset 0 0 0 2px ${l.color}` }} />
              <span>{l.label}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
