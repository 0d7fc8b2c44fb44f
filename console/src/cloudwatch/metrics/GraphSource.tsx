// A graph as JSON, as dashboards keep it; what is edited there becomes the graph.
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useRegion } from '../../app/region';
import { fromWidget, toWidget, type GraphSpec } from '../../graph';
import { CopyButton } from '../../ui/Copy';
import { JsonEditor, jsonError } from '../../ui/JsonEditor';

/** sourceError says what is wrong with the JSON of a graph. */
function sourceError(text: string): string | undefined {
  const bad = jsonError(text);
  if (bad) return bad;
  const o = JSON.parse(text) as { metrics?: unknown };
  if (typeof o !== 'object' || o === null || Array.isArray(o)) return 'The source must be a JSON object.';
  if (!Array.isArray(o.metrics)) return 'The source must have the member "metrics", an array.';
  const wrong = o.metrics.findIndex((m) => !Array.isArray(m));
  return wrong >= 0 ? `metrics[${wrong}] must be an array.` : undefined;
}

export function GraphSource({ spec, onChange }: { spec: GraphSpec; onChange: (spec: GraphSpec) => void }) {
  const region = useRegion();
  const source = JSON.stringify(toWidget(spec, region), null, 2);
  const [draft, setDraft] = useState<string>();
  const text = draft ?? source;
  const wrong = draft === undefined ? undefined : sourceError(draft);
  const apply = () => {
    const { region: of, ...next } = fromWidget(JSON.parse(text) as Record<string, unknown>);
    onChange({ ...next, unit: spec.unit, region: of === region ? undefined : of });
    setDraft(undefined);
  };
  return (
    <SpaceBetween size="s">
      <JsonEditor label="Source" value={text} onChange={setDraft} error={wrong} rows={20} />
      <SpaceBetween direction="horizontal" size="xs">
        <Button variant="primary" disabled={draft === undefined || wrong !== undefined} onClick={apply}>
          Update
        </Button>
        <Button disabled={draft === undefined} onClick={() => setDraft(undefined)}>
          Discard changes
        </Button>
        <CopyButton name="source" text={text} />
      </SpaceBetween>
    </SpaceBetween>
  );
}
