import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import { Confirm } from '../ui/Confirm';

/** EditDisplayName changes the name that mails of the topic come from. */
export function EditDisplayName({ value, save, onClose }: { value: string; save: (v: string) => Promise<unknown>; onClose: () => void }) {
  const [text, setText] = useState(value);
  const error = text.length > 100 ? 'A display name has at most 100 characters.' : undefined;
  return (
    <Confirm title="Edit topic" action="Save changes" disabled={!!error} onConfirm={() => save(text)} onClose={onClose}>
      <FormField label="Display name" errorText={error}>
        <Input value={text} onChange={(e) => setText(e.detail.value)} autoComplete={false} />
      </FormField>
    </Confirm>
  );
}
