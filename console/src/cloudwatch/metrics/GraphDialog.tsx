// A dialog in which somebody makes a graph: for a widget, or to choose what an alarm watches.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useGraphControls, type GraphSpec } from '../../graph';
import { GraphEditor, type EditorTab } from './GraphEditor';

interface Props {
  title: string;
  action: string;
  start: GraphSpec;
  tabs?: readonly EditorTab[];
  /** what is still missing before the graph can be taken */
  missing: (spec: GraphSpec) => string | undefined;
  onDone: (spec: GraphSpec) => void;
  onClose: () => void;
}

export function GraphDialog({ title, action, start, tabs, missing, onDone, onClose }: Props) {
  const [spec, setSpec] = useState(start);
  const [tab, setTab] = useState<EditorTab>(start.queries.length ? 'graphed' : 'browse');
  const controls = useGraphControls();
  const lacking = missing(spec);
  return (
    <Modal
      visible
      size="max"
      header={title}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs" alignItems="center">
            {lacking && <StatusIndicator type="info">{lacking}</StatusIndicator>}
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button
              variant="primary"
              disabled={lacking !== undefined}
              onClick={() => {
                onDone(spec);
                onClose();
              }}
            >
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <GraphEditor spec={spec} onChange={setSpec} controls={controls} tabs={tabs} tab={tab} onTab={setTab} height={200} />
    </Modal>
  );
}
