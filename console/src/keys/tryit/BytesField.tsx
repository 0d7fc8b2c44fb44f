// A field for bytes, with the format that they are entered in.
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import type { Entered, Format } from './input';

const names: Record<Format, string> = { text: 'Text', base64: 'Base64', hex: 'Hexadecimal' };

interface Props {
  label: string;
  description?: string;
  value: Entered;
  onChange: (value: Entered) => void;
  /** formats to choose from; without them it is the format of the value */
  formats?: readonly Format[];
  error?: string;
  rows?: number;
}

export function BytesField({ label, description, value, onChange, formats, error, rows = 3 }: Props) {
  return (
    <SpaceBetween size="xs">
      <FormField label={label} description={description} errorText={error} stretch>
        <div className="code">
          <Textarea value={value.text} rows={rows} spellcheck={false} autoComplete={false} onChange={(e) => onChange({ ...value, text: e.detail.value })} />
        </div>
      </FormField>
      {formats && formats.length > 1 && (
        <FormField label={`Format of the ${label.toLowerCase()}`}>
          <Select
            selectedOption={{ value: value.format, label: names[value.format] }}
            options={formats.map((f) => ({ value: f, label: names[f] }))}
            onChange={(e) => onChange({ ...value, format: e.detail.selectedOption.value as Format })}
          />
        </FormField>
      )}
    </SpaceBetween>
  );
}
