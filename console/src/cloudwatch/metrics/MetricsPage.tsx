// All metrics: the explorer. What it shows is in the address, as far as it can be sent to others.
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Container from '@cloudscape-design/components/container';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { address } from '../../app/client';
import { useGo, useRegion } from '../../app/region';
import { AddToDashboard, alarmPath, decodeSpec, encodeSpec, metricsPath, useAddressedControls, type GraphSpec } from '../../graph';
import { CopyButton } from '../../ui/Copy';
import { Page } from '../../ui/Page';
import { watching } from '../alarms/spec';
import type { Place } from './Browse';
import { GraphEditor, type EditorTab } from './GraphEditor';

const none: GraphSpec = { queries: [] };
/** placeOf is where in the catalogue an address is, as a text that is the same for the same place. */
const placeOf = (s: URLSearchParams) => JSON.stringify({ namespace: s.get('namespace') ?? undefined, group: s.get('dimensions') ?? undefined, search: s.get('search') ?? '' } satisfies Place);

/**
 * useMirrored keeps something that stands in the address too. What people type is there at once,
 * while the address follows; another address brings another value.
 */
function useMirrored<T, E extends string | null>(encoded: E, decode: (encoded: E) => T): [T, (value: T, encoded: E) => void] {
  const [value, setValue] = useState(() => decode(encoded));
  const written = useRef(new Set<E>([encoded]));
  useEffect(() => {
    if (!written.current.has(encoded)) setValue(decode(encoded));
    written.current = new Set([encoded]);
  }, [encoded]);
  const set = (next: T, as: E) => {
    written.current.add(as);
    setValue(next);
  };
  return [value, set];
}

const tabs: readonly string[] = ['browse', 'graphed', 'options', 'source'];

export default function MetricsPage() {
  const [search, setSearch] = useSearchParams();
  const region = useRegion();
  const go = useGo();
  const [adding, setAdding] = useState(false);
  const controls = useAddressedControls();
  const [spec, setSpec] = useMirrored(search.get('graph'), (encoded) => decodeSpec(encoded) ?? none);
  const [place, setPlace] = useMirrored(placeOf(search), (text) => JSON.parse(text) as Place);
  const asked = search.get('tab') ?? '';
  const tab = (tabs.includes(asked) ? asked : spec.queries.length && place.namespace === undefined ? 'graphed' : 'browse') as EditorTab;
  // What was put a moment ago is in the address, but perhaps not yet in what is on the screen.
  const put = (values: Record<string, string | undefined>, replace = true) => {
    const s = new URLSearchParams(window.location.search);
    for (const [name, value] of Object.entries(values)) value === undefined ? s.delete(name) : s.set(name, value);
    setSearch(s, { replace });
  };
  const show = (next: GraphSpec) => {
    const graph = next.queries.length || next.title ? encodeSpec(next) : null;
    setSpec(next, graph);
    put({ graph: graph ?? undefined, tab });
  };
  const goTo = (next: Place) => {
    setPlace(next, JSON.stringify({ namespace: next.namespace, group: next.group, search: next.search } satisfies Place));
    put({ tab: 'browse', namespace: next.namespace, dimensions: next.group, search: next.search || undefined }, next.namespace === place.namespace && next.group === place.group);
  };
  const alarm = (s: GraphSpec) => go(alarmPath(s));
  return (
    <Page
      title="Metrics"
      description={spec.title}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <CopyButton name="link" text={address(region, metricsPath(spec, controls.range))} />
          <Button disabled={!spec.queries.length} onClick={() => setAdding(true)}>
            Add to dashboard
          </Button>
          <ButtonDropdown
            expandToViewport
            items={[
              { id: 'alarm', text: 'Create alarm', disabled: !spec.queries.length },
              { id: 'clear', text: 'Clear graph', disabled: !spec.queries.length },
            ]}
            onItemClick={(e) => (e.detail.id === 'alarm' ? alarm(spec) : show(none))}
          >
            Actions
          </ButtonDropdown>
        </SpaceBetween>
      }
    >
      <Container>
        <GraphEditor
          spec={spec}
          onChange={show}
          controls={controls}
          tab={tab}
          onTab={(id) => put({ tab: id })}
          place={place}
          onPlace={goTo}
          onAlarm={(q) => alarm(watching(spec, q.id))}
        />
      </Container>
      {adding && <AddToDashboard specs={[spec]} onClose={() => setAdding(false)} />}
    </Page>
  );
}
