// All metrics: the explorer. What it shows is in the address, as far as it can be sent to others.
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Container from '@cloudscape-design/components/container';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { address } from '../../app/client';
import { useGo, useRegion } from '../../app/region';
import { AddToDashboard, alarmPath, decodeSpec, encodeRange, encodeSpec, metricsPath, rangeOf, useGraphControls, type GraphSpec } from '../../graph';
import { CopyButton } from '../../ui/Copy';
import { Page } from '../../ui/Page';
import { watching } from '../alarms/spec';
import { GraphEditor, type EditorTab } from './GraphEditor';

const none: GraphSpec = { queries: [] };
const tabs: readonly string[] = ['browse', 'graphed', 'options', 'source'];

export default function MetricsPage() {
  const [search, setSearch] = useSearchParams();
  const region = useRegion();
  const go = useGo();
  const [adding, setAdding] = useState(false);
  const controls = useGraphControls({ range: rangeOf(search) });
  const encoded = search.get('graph');
  const spec = useMemo(() => decodeSpec(encoded) ?? none, [encoded]);
  const range = encodeRange(controls.range);
  useEffect(() => {
    setSearch((s) => (s.set('range', range), s), { replace: true });
  }, [range, setSearch]);
  const asked = search.get('tab') ?? '';
  const tab = (tabs.includes(asked) ? asked : encoded && spec.queries.length && !search.has('namespace') ? 'graphed' : 'browse') as EditorTab;
  const put = (values: Record<string, string | undefined>, replace = true) =>
    setSearch(
      (s) => {
        for (const [name, value] of Object.entries(values)) value === undefined ? s.delete(name) : s.set(name, value);
        return s;
      },
      { replace },
    );
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
            onItemClick={(e) => (e.detail.id === 'alarm' ? alarm(spec) : put({ graph: undefined }))}
          >
            Actions
          </ButtonDropdown>
        </SpaceBetween>
      }
    >
      <Container>
        <GraphEditor
          spec={spec}
          onChange={(next) => put({ graph: next.queries.length || next.title ? encodeSpec(next) : undefined, tab })}
          controls={controls}
          tab={tab}
          onTab={(id) => put({ tab: id })}
          place={{ namespace: search.get('namespace') ?? undefined, group: search.get('dimensions') ?? undefined, search: search.get('search') ?? '' }}
          onPlace={(p) => put({ tab: 'browse', namespace: p.namespace, dimensions: p.group, search: p.search || undefined }, p.namespace === (search.get('namespace') ?? undefined) && p.group === (search.get('dimensions') ?? undefined))}
          onAlarm={(q) => alarm(watching(spec, q.id))}
        />
      </Container>
      {adding && <AddToDashboard specs={[spec]} onClose={() => setAdding(false)} />}
    </Page>
  );
}
