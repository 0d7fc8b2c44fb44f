// The condition keys that a simulated request has, with their values.
import type { ContextKeyTypeEnum } from '@aws-sdk/client-iam';
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Button from '@cloudscape-design/components/button';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { entryError, entryTypes, type Entry } from './evaluate';

interface Props {
  entries: readonly Entry[];
  onChange: (entries: Entry[]) => void;
  tried: boolean;
  suggest: () => void;
  suggesting: boolean;
}

export const nameErrorOf = (e: Entry) => (/^[\w.-]+:[^:\s]\S*$/.test(e.name) ? undefined : 'Enter a condition key, such as aws:SourceIp.');

export function ContextFields({ entries, onChange, tried, suggest, suggesting }: Props) {
  const change = (i: number, part: Partial<Entry>) => onChange(entries.map((e, j) => (i === j ? { ...e, ...part } : e)));
  return (
    <SpaceBetween size="s">
      <Button formAction="none" onClick={suggest} loading={suggesting}>
        Find keys in the policies
      </Button>
      <AttributeEditor
        items={[...entries]}
        addButtonText="Add context key"
        removeButtonText="Remove"
        removeButtonAriaLabel={(e) => `Remove context key ${e.name}`}
        empty="No context keys. Conditions on keys that are missing do not hold."
        onAddButtonClick={() => onChange([...entries, { name: '', type: 'string', value: '' }])}
        onRemoveButtonClick={(e) => onChange(entries.filter((_, i) => i !== e.detail.itemIndex))}
        definition={[
          {
            label: 'Context key',
            errorText: (e) => (tried ? nameErrorOf(e) : undefined),
            control: (e, i) => <Input value={e.name} onChange={(v) => change(i, { name: v.detail.value.trim() })} autoComplete={false} />,
          },
          {
            label: 'Type',
            control: (e, i) => (
              <Select
                selectedOption={{ value: e.type, label: e.type }}
                options={entryTypes.map((t) => ({ value: t, label: t }))}
                onChange={(v) => change(i, { type: v.detail.selectedOption.value as ContextKeyTypeEnum })}
              />
            ),
          },
          {
            label: 'Value',
            errorText: (e) => (tried || e.value !== '' ? entryError(e) : undefined),
            constraintText: (e) => (e.type.endsWith('List') ? 'Divide values by commas.' : undefined),
            control: (e, i) => <Input value={e.value} onChange={(v) => change(i, { value: v.detail.value })} autoComplete={false} />,
          },
        ]}
      />
    </SpaceBetween>
  );
}
