// The list of lines below a graph: one colour each; a click hides a line and shows it again.
import { dimensionsOf, type Line } from './data/lines.ts';

interface Props {
  lines: readonly (Line & { color: string })[];
  hidden: ReadonlySet<string>;
  toggle: (key: string) => void;
  label: string;
}

export function Legend({ lines, hidden, toggle, label }: Props) {
  return (
    <ul className="graph-legend" aria-label={`Lines of ${label}`} tabIndex={lines.length > 8 ? 0 : undefined}>
      {lines.map((l) => {
        const shown = !hidden.has(l.key);
        return (
          <li key={l.key}>
            <button type="button" aria-pressed={shown} title={dimensionsOf(l) || undefined} onClick={() => toggle(l.key)}>
              <i style={shown ? { background: l.color } : { boxShadow: `inset 0 0 0 2px ${l.color}` }} />
              <span>{l.label}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
