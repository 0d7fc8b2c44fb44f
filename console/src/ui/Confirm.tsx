// The dialog that does one thing, such as the question before what destroys.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState, type FormEvent, type ReactNode } from 'react';
import { useAction } from '../app/load';
import { ErrorNote } from './ErrorNote';

interface Props {
  title: string;
  /** what happens, and what can't be undone */
  children: ReactNode;
  /** label of the button that does it */
  action: string;
  /** a word to type before, such as "delete" or the resource's name */
  typed?: string;
  warning?: ReactNode;
  disabled?: boolean;
  /** whether what is filled in can be sent; asked when the button is pressed */
  check?: () => boolean;
  /** what an error means, shown below it */
  about?: (error: Error) => ReactNode;
  size?: 'small' | 'medium' | 'large';
  /** does it; an error stays in the dialog */
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}

/** Confirm asks before it does something. It closes when it is done. */
export function Confirm({ title, children, action, typed, warning, disabled, check, about, size = 'medium', onConfirm, onClose }: Props) {
  const { busy, error, run } = useAction();
  const [text, setText] = useState('');
  const ready = (!typed || text === typed) && !disabled;
  const submit = async () => {
    if (ready && (!check || check()) && (await run(onConfirm))) onClose();
  };
  return (
    <Modal
      visible
      size={size}
      header={title}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" disabled={!ready} loading={busy} onClick={submit}>
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={(e: FormEvent) => {
          e.preventDefault();
          void submit();
        }}
      >
        <SpaceBetween size="m">
          {warning && <Alert type="warning">{warning}</Alert>}
          <div>{children}</div>
          {typed && (
            <FormField label={`To confirm, type ${typed} in the field`} errorText={text && !typed.startsWith(text) ? `Type ${typed}.` : undefined}>
              <Input value={text} onChange={(e) => setText(e.detail.value)} placeholder={typed} autoFocus autoComplete={false} />
            </FormField>
          )}
          <ErrorNote error={error} />
          {error && about?.(error)}
        </SpaceBetween>
      </form>
    </Modal>
  );
}
