// One graph as a screen: what a link to a graph leads to. Graph and range are in the address.
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { address } from '../app/client';
import { useRegion } from '../app/region';
import { CopyButton } from '../ui/Copy';
import { Go } from '../ui/Go';
import { Page } from '../ui/Page';
import { Graph } from './Graph';
import { GraphRange } from './GraphRange';
import { useGraphControls } from './range/controls';
import { defaultRange, encodeRange, type Range } from './range/range.ts';
import { decodeSpec, graphPath, rangeOf } from './spec/address.ts';
import { defaultPeriod } from './spec/graph.ts';

export default function GraphPage() {
  const [query, setQuery] = useSearchParams();
  const encoded = query.get('graph');
  const span = query.get('range');
  const spec = useMemo(() => decodeSpec(encoded), [encoded]);
  const region = useRegion();
  const own = useGraphControls({ period: spec?.period ?? defaultPeriod });
  const controls = useMemo(() => {
    const range = rangeOf(new URLSearchParams({ range: span ?? '' })) ?? defaultRange;
    const setRange = (r: Range) => setQuery((q) => (q.set('range', encodeRange(r)), q), { replace: true });
    return { ...own, range, setRange };
  }, [own, span, setQuery]);
  if (!spec) {
    return (
      <Page title="Graph">
        <Alert type="error" header="This address has no graph">
          The link may be incomplete. Choose what to show in <Go to="/cloudwatch/metrics">all metrics</Go>.
        </Alert>
      </Page>
    );
  }
  return (
    <Page
      title={spec.title ?? 'Graph'}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <CopyButton name="link" text={address(region, graphPath(spec, controls.range))} />
        </SpaceBetween>
      }
    >
      <Container>
        <SpaceBetween size="m">
          <GraphRange controls={controls} withPeriod />
          <Graph key={encoded} spec={spec} controls={controls} heading="none" height={Math.max(300, Math.round(window.innerHeight * 0.5))} />
        </SpaceBetween>
      </Container>
    </Page>
  );
}
