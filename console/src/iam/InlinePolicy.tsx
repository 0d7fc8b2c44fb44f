// An inline policy: created, or shown and changed.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { done } from '../app/flash';
import { useAction, useLoad } from '../app/load';
import { ErrorNote } from '../ui/ErrorNote';
import { Loading } from '../ui/Field';
import { pretty } from '../ui/JsonEditor';
import { inlineLimits, type Holder } from './lists';
import { nameError, nameHint, type HolderKind } from './names';
import { aboutPolicy, newPolicy, PolicyEditor, usable } from './PolicyEditor';

interface Props {
  kind: HolderKind;
  holder: Holder;
  /** the policy that is changed; a new one is created without it */
  name?: string;
  existing?: readonly string[];
  onClose: () => void;
  onDone: () => void;
}

export function InlinePolicy({ kind, holder, name: old, existing = [], onClose, onDone }: Props) {
  const loaded = useLoad(old === undefined ? undefined : async (abortSignal) => pretty(await holder.document(old, { abortSignal })), [holder, old]);
  const [name, setName] = useState('');
  const [text, setText] = useState<string>();
  const [tried, setTried] = useState(false);
  const { busy, error, run, clear } = useAction();
  const limit = inlineLimits[kind];
  const shown = text ?? (old === undefined ? newPolicy : (loaded.data ?? ''));
  const wrongName = old !== undefined ? undefined : (nameError(name, 'policy') ?? (existing.includes(name) ? 'There is an inline policy with this name already.' : undefined));
  const save = async () => {
    setTried(true);
    if (wrongName || !usable(shown, 'identity', limit)) return;
    const ok = await run(async () => {
      const made = await holder.put(old ?? name, shown);
      done(old === undefined ? `Inline policy ${name} was created.` : `Inline policy ${old} was changed.`, made);
    });
    if (!ok) return;
    onDone();
    onClose();
  };
  return (
    <Modal
      visible
      size="large"
      header={old === undefined ? 'Create inline policy' : `Inline policy ${old}`}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={busy} disabled={old !== undefined && loaded.data === undefined} onClick={save}>
              {old === undefined ? 'Create policy' : 'Save changes'}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <ErrorNote error={loaded.error} retry={loaded.reload} />
        {!aboutPolicy(error) && <ErrorNote error={error} />}
        {old === undefined && (
          <FormField label="Policy name" constraintText={nameHint('policy')} errorText={tried || name ? wrongName : undefined}>
            <Input value={name} onChange={(e) => setName(e.detail.value)} autoComplete={false} />
          </FormField>
        )}
        {old !== undefined && loaded.loading && loaded.data === undefined ? (
          <Loading />
        ) : (
          <PolicyEditor
            text={shown}
            onChange={(t) => {
              setText(t);
              clear();
            }}
            limit={limit}
            tried={tried}
            refused={error}
          />
        )}
      </SpaceBetween>
    </Modal>
  );
}
