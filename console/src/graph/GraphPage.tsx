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
import { useAddressedControls } from './range/controls';
import { decodeSpec, graphPath } from './spec/address.ts';
import { defaultPeriod } from './spec/graph.ts';

export default function GraphPage() {
  const [query] = useSearchParams();
  const encoded = query.get('graph');
  const spec = useMemo(() => decodeSpec(encoded), [encoded]);
  const region = useRegion();
  const controls = useAddressedControls({ period: spec?.period ?? defaultPeriod });
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
