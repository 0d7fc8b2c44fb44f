// The last value of each line, large.
import Box from '@cloudscape-design/components/box';
import { none, type Line } from './data/lines.ts';
import { formatValue } from './format/number.ts';

export function Numbers({ lines, unit, height }: { lines: readonly (Line & { color: string })[]; unit?: string; height: number }) {
  return (
    <div className="graph-numbers" style={{ minHeight: Math.min(height, 80), maxHeight: height }} tabIndex={lines.length > 6 ? 0 : undefined} role="group" aria-label="Last values">
      {lines.map((l) => (
        <div key={l.key}>
          <div className="graph-number">{l.values.length ? formatValue(l.values[l.values.length - 1], unit) : none}</div>
          <Box variant="small">
            <span style={{ borderBottom: `2px solid ${l.color}` }}>{l.label}</span>
          </Box>
        </div>
      ))}
    </div>
  );
}
