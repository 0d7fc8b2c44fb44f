// An editor for JSON that says where it is wrong.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import type { ReactNode } from 'react';
import { jsonPlace } from './json-place';

/** jsonError says what is wrong with a text of JSON, with the line, or nothing. */
export function jsonError(text: string): string | undefined {
  if (text.trim() === '') return 'Enter a JSON document.';
  try {
    JSON.parse(text);
    return undefined;
  } catch (e) {
    const message = (e as Error).message.replace(/ in JSON at position.*$/, '');
    const at = jsonPlace(text);
    if (at === undefined) return `This is not valid JSON: ${message}`;
    const before = text.slice(0, at).split('\n');
    return `This is not valid JSON. Line ${before.length}, column ${before[before.length - 1].length + 1}: ${message}`;
  }
}

/** pretty is a text of JSON with the usual indentation; a text that is not JSON stays as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** shown below, beside what is wrong with the JSON itself */
  error?: string;
  /** shown below what is not wrong, but perhaps not meant */
  warning?: ReactNode;
  description?: string;
  rows?: number;
  readOnly?: boolean;
  /** bytes that the service takes */
  limit?: number;
}

export function JsonEditor({ label, value, onChange, error, warning, description, rows = 18, readOnly, limit }: Props) {
  const size = new Blob([value]).size;
  const wrong = error ?? (value === '' ? undefined : jsonError(value)) ?? (limit && size > limit ? `The document has ${size} bytes; at most ${limit} are taken.` : undefined);
  return (
    <FormField
      stretch
      label={label}
      description={description}
      errorText={readOnly ? undefined : wrong}
      warningText={readOnly || wrong ? undefined : warning}
      secondaryControl={
        readOnly ? undefined : (
          <Button formAction="none" onClick={() => onChange(pretty(value))} disabled={jsonError(value) !== undefined}>
            Format
          </Button>
        )
      }
    >
      <SpaceBetween size="xxs">
        <div className="code">
          <Textarea value={value} rows={rows} readOnly={readOnly} spellcheck={false} autoComplete={false} onChange={(e) => onChange(e.detail.value)} />
        </div>
        {limit && !readOnly && (
          <Box variant="small">
            {size} of {limit} bytes
          </Box>
        )}
      </SpaceBetween>
    </FormField>
  );
}

/** JsonView shows JSON that is not edited. */
export function JsonView({ text }: { text: string }) {
  return (
    <pre className="code-view" tabIndex={0} aria-label="JSON document">
      {pretty(text)}
    </pre>
  );
}
