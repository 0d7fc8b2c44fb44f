// A form for the pairs of an encryption context.
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Input from '@cloudscape-design/components/input';
import { pairErrors, type Pair } from './context';

interface Props {
  pairs: readonly Pair[];
  onChange: (pairs: Pair[]) => void;
  /** shows what is missing, once somebody has tried to go on */
  tried?: boolean;
  limit?: number;
  longestValue?: number;
}

export function ContextFields({ pairs, onChange, tried, limit = 50, longestValue }: Props) {
  const errors = pairErrors(pairs, longestValue);
  const change = (i: number, part: Partial<Pair>) => onChange(pairs.map((p, j) => (i === j ? { ...p, ...part } : p)));
  return (
    <AttributeEditor
      items={[...pairs]}
      addButtonText="Add pair"
      removeButtonText="Remove"
      removeButtonAriaLabel={(p) => `Remove pair ${p.key}`}
      disableAddButton={pairs.length >= limit}
      empty="No encryption context."
      onAddButtonClick={() => onChange([...pairs, { key: '', value: '' }])}
      onRemoveButtonClick={(e) => onChange(pairs.filter((_, i) => i !== e.detail.itemIndex))}
      definition={[
        {
          label: 'Key',
          errorText: (p, i) => (tried || p.key !== '' ? errors[i]?.key : undefined),
          control: (p, i) => <Input value={p.key} onChange={(e) => change(i, { key: e.detail.value })} autoComplete={false} />,
        },
        {
          label: 'Value',
          errorText: (_, i) => errors[i]?.value,
          control: (p, i) => <Input value={p.value} onChange={(e) => change(i, { value: e.detail.value })} autoComplete={false} />,
        },
      ]}
    />
  );
}
