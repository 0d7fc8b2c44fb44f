// A graph at full size with a range, a period and refreshing of its own. All of it ends when
// the view is closed: what is below has not changed.
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Graph } from './Graph';
import { GraphRange } from './GraphRange';
import type { Zone } from './format/time.ts';
import { useGraphControls } from './range/controls';
import type { Range } from './range/range.ts';
import type { AlarmDraft } from './spec/address.ts';
import { defaultPeriod, type GraphSpec } from './spec/graph.ts';

interface Props {
  spec: GraphSpec;
  range: Range;
  zone: Zone;
  alarm?: AlarmDraft;
  alarmSpec?: GraphSpec;
  onClose: () => void;
}

export function EnlargedGraph({ spec, range, zone, alarm, alarmSpec, onClose }: Props) {
  const controls = useGraphControls({ range, zone, period: defaultPeriod });
  return (
    <Modal visible size="max" header={spec.title ?? 'Graph'} onDismiss={onClose} closeAriaLabel="Close enlarged graph">
      <SpaceBetween size="m">
        <GraphRange controls={controls} withPeriod />
        <Graph spec={spec} controls={controls} alarm={alarm} alarmSpec={alarmSpec} heading="none" height={Math.max(260, Math.round(window.innerHeight * 0.5))} enlarged />
      </SpaceBetween>
    </Modal>
  );
}
