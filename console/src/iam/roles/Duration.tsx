// The longest that a session of a role may last.
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';

const hours = [1, 2, 4, 8, 12].map((h) => ({ value: String(h * 3600), label: h === 1 ? '1 hour' : `${h} hours` }));

/** durationError says what is wrong with a number of seconds. */
export function durationError(text: string): string | undefined {
  const n = Number(text);
  return /^\d+$/.test(text) && n >= 3600 && n <= 43200 ? undefined : 'Enter a duration from 3600 to 43200 seconds.';
}

export const durationWords = (seconds: number | undefined) => hours.find((h) => h.value === String(seconds))?.label ?? `${seconds} seconds`;

export function DurationField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [custom, setCustom] = useState(!hours.some((h) => h.value === value));
  return (
    <FormField label="Maximum session duration" errorText={durationError(value)}>
      <SpaceBetween size="xs">
        <Select
          selectedOption={custom ? { value: 'custom', label: 'Custom duration' } : (hours.find((h) => h.value === value) ?? null)}
          options={[...hours, { value: 'custom', label: 'Custom duration' }]}
          onChange={(e) => {
            const chosen = e.detail.selectedOption.value!;
            setCustom(chosen === 'custom');
            if (chosen !== 'custom') onChange(chosen);
          }}
        />
        {custom && <Input ariaLabel="Seconds" type="number" value={value} onChange={(e) => onChange(e.detail.value)} />}
      </SpaceBetween>
    </FormField>
  );
}
