// The form that is a screen: what went wrong above its fields, Cancel and the button that sends it below.
import Button from '@cloudscape-design/components/button';
import Form from '@cloudscape-design/components/form';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { FormEvent, ReactNode } from 'react';
import { ErrorNote } from './ErrorNote';

interface Props {
  /** label of the button that sends the form */
  submit: string;
  busy: boolean;
  error?: Error;
  onSubmit: () => unknown;
  onCancel: () => void;
  children: ReactNode;
}

/** PageForm leaves checking to its owner, whose messages stand beside the fields. */
export function PageForm({ submit, busy, error, onSubmit, onCancel, children }: Props) {
  return (
    <form
      noValidate
      onSubmit={(e: FormEvent) => {
        e.preventDefault();
        void onSubmit();
      }}
    >
      <Form
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" formAction="none" onClick={onCancel}>
              Cancel
            </Button>
            <Button variant="primary" loading={busy}>
              {submit}
            </Button>
          </SpaceBetween>
        }
      >
        <SpaceBetween size="l">
          <ErrorNote error={error} />
          {children}
        </SpaceBetween>
      </Form>
    </form>
  );
}
