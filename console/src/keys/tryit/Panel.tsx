// The frame of one operation that is tried: its form, its button, what came out.
import Button from '@cloudscape-design/components/button';
import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import { toBase64, toText } from '../../app/bytes';
import type { Doing } from '../../app/load';
import { CopyButton } from '../../ui/Copy';
import { ErrorNote } from '../../ui/ErrorNote';

interface Props {
  title: string;
  description?: string;
  action: string;
  onRun: () => void;
  doing: Doing;
  children?: ReactNode;
  result?: ReactNode;
  /** what an error means, over its code and text */
  failure?: string;
}

export function Panel({ title, description, action, onRun, doing, children, result, failure }: Props) {
  return (
    <Container header={<Header variant="h2" description={description}>{title}</Header>}>
      <SpaceBetween size="m">
        {children}
        <Button variant="primary" loading={doing.busy} onClick={onRun}>
          {action}
        </Button>
        <div aria-live="polite">
          <SpaceBetween size="m">
            <ErrorNote error={doing.error} header={failure} />
            {result}
          </SpaceBetween>
        </div>
      </SpaceBetween>
    </Container>
  );
}

/** Output shows bytes in base64; with readable set also the text that they are, if they are one. */
export function Output({ label, bytes, readable }: { label: string; bytes: Uint8Array; readable?: boolean }) {
  const text = readable ? toText(bytes) : undefined;
  return (
    <SpaceBetween size="xs">
      {text !== undefined && <Block label={label} text={text} />}
      <Block label={`${label} (base64)`} text={toBase64(bytes)} />
    </SpaceBetween>
  );
}

function Block({ label, text }: { label: string; text: string }) {
  return (
    <div>
      <Box variant="awsui-key-label">{label}</Box>
      <SpaceBetween size="xxs">
        <pre className="code-view" tabIndex={0} role="group" aria-label={label}>
          {text}
        </pre>
        <CopyButton text={text} name={label} />
      </SpaceBetween>
    </div>
  );
}

/** Choice is one of a few values, such as algorithms. */
export function Choice({ label, value, options, onChange }: { label: string; value: string; options: readonly string[]; onChange: (value: string) => void }) {
  return (
    <FormField label={label}>
      <Select selectedOption={{ value, label: value }} options={options.map((o) => ({ value: o, label: o }))} onChange={(e) => onChange(e.detail.selectedOption.value!)} />
    </FormField>
  );
}
