// What the event history is searched for: one attribute and a range of time.
import type { LookupAttributeKey } from '@aws-sdk/client-cloudtrail';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { TimeRange, type Range } from '../../ui/TimeRange';
import { attributes } from './lookup';

const ranges = ['30m', '1h', '3h', '12h', '1d', '7d', '30d', '90d'];
const truths = [
  { value: 'false', label: 'false' },
  { value: 'true', label: 'true' },
];

interface Props {
  attribute: LookupAttributeKey | '';
  value: string;
  range: Range;
  onSearch: (attribute: LookupAttributeKey | '', value: string) => void;
}

export function Filters({ attribute, value, range, onSearch }: Props) {
  const [chosen, setChosen] = useState(attribute);
  const [text, setText] = useState(value);
  const [tried, setTried] = useState(false);
  const option = attributes.find((a) => a.value === chosen) ?? attributes[0];
  const needed = chosen !== '' && text.trim() === '' ? 'Enter a value to look for.' : undefined;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        setTried(true);
        if (!needed) onSearch(chosen, chosen === '' ? '' : text.trim());
      }}
    >
      <SpaceBetween direction="horizontal" size="s" alignItems="start">
        <FormField label="Lookup attribute">
          <div style={{ minWidth: 180 }}>
            <Select
              options={attributes}
              selectedOption={option}
              onChange={(e) => {
                const a = e.detail.selectedOption.value as LookupAttributeKey | '';
                setChosen(a);
                setTried(false);
                setText(a === 'ReadOnly' ? 'false' : '');
                if (a === '' || a === 'ReadOnly') onSearch(a, a === '' ? '' : 'false');
              }}
            />
          </div>
        </FormField>
        {chosen === 'ReadOnly' ? (
          <FormField label="Value">
            <Select options={truths} selectedOption={truths.find((t) => t.value === text) ?? truths[0]} onChange={(e) => (setText(e.detail.selectedOption.value!), onSearch(chosen, e.detail.selectedOption.value!))} />
          </FormField>
        ) : chosen === '' ? null : (
          <>
            <FormField label="Value" errorText={tried ? needed : undefined}>
              <div style={{ minWidth: 260 }}>
                <Input value={text} onChange={(e) => setText(e.detail.value)} placeholder={option.placeholder} type="search" clearAriaLabel="Clear value" autoComplete={false} spellcheck={false} />
              </div>
            </FormField>
            <Box padding={{ top: 'xl' }}>
              <Button>Look up</Button>
            </Box>
          </>
        )}
        <TimeRange range={range} options={ranges} />
      </SpaceBetween>
    </form>
  );
}
