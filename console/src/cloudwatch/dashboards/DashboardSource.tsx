// The source of a dashboard, or of one of its widgets.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { CopyButton } from '../../ui/Copy';
import { JsonEditor, jsonError, pretty } from '../../ui/JsonEditor';

interface Props {
  title: string;
  text: string;
  /** throws what is wrong with the text */
  onDone: (text: string) => void;
  onClose: () => void;
  limit?: number;
}

export function SourceDialog({ title, text, onDone, onClose, limit }: Props) {
  const [source, setSource] = useState(pretty(text));
  const [wrong, setWrong] = useState<string>();
  const update = () => {
    try {
      onDone(source);
      onClose();
    } catch (e) {
      setWrong((e as Error).message);
    }
  };
  return (
    <Modal
      visible
      size="max"
      header={title}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <CopyButton name="source" text={source} />
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" disabled={jsonError(source) !== undefined} onClick={update}>
              Update
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <JsonEditor label="Source" value={source} onChange={(v) => (setSource(v), setWrong(undefined))} error={wrong} rows={24} limit={limit} />
    </Modal>
  );
}
