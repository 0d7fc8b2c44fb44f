// Which events a trail logs, in forms.
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { JsonEditor } from '../../ui/JsonEditor';
import { dataTypes, eventsErrors, readWriteText, type EventsForm } from './form';

export function EventsFields({ form, onChange, tried }: { form: EventsForm; onChange: (part: Partial<EventsForm>) => void; tried: boolean }) {
  const errors = eventsErrors(form);
  const data = (i: number, part: { type?: string; values?: string }) => onChange({ data: form.data.map((d, j) => (i === j ? { ...d, ...part } : d)) });
  return (
    <SpaceBetween size="l">
      <FormField label="Event selectors">
        <RadioGroup
          value={form.advanced ? 'advanced' : 'basic'}
          onChange={(e) => onChange({ advanced: e.detail.value === 'advanced' })}
          items={[
            { value: 'basic', label: 'Basic event selectors' },
            { value: 'advanced', label: 'Advanced event selectors', description: 'Conditions on fields of the events, as a JSON document.' },
          ]}
        />
      </FormField>
      {form.advanced ? (
        <JsonEditor label="Advanced event selectors" value={form.json} onChange={(json) => onChange({ json })} error={tried ? errors.json : undefined} rows={14} />
      ) : (
        <>
          <FormField label="Management events" errorText={tried ? errors.management : undefined}>
            <SpaceBetween size="s">
              <Checkbox checked={form.management} onChange={(e) => onChange({ management: e.detail.checked })}>
                Log management events
              </Checkbox>
              {form.management && (
                <Checkbox checked={form.excludeKms} onChange={(e) => onChange({ excludeKms: e.detail.checked })}>
                  Exclude AWS KMS events
                </Checkbox>
              )}
            </SpaceBetween>
          </FormField>
          <FormField label="API activity">
            <RadioGroup
              value={form.readWrite}
              onChange={(e) => onChange({ readWrite: e.detail.value as EventsForm['readWrite'] })}
              items={Object.entries(readWriteText).map(([value, label]) => ({ value, label }))}
            />
          </FormField>
          <FormField label="Data events - optional" description="Of resources that this service does not have itself; they are kept for tools that set them." stretch>
            <AttributeEditor
              items={form.data}
              addButtonText="Add data events"
              removeButtonText="Remove"
              empty="No data events."
              onAddButtonClick={() => onChange({ data: [...form.data, { type: dataTypes[0], values: '' }] })}
              onRemoveButtonClick={(e) => onChange({ data: form.data.filter((_, i) => i !== e.detail.itemIndex) })}
              definition={[
                { label: 'Resource type', control: (d, i) => <Select options={dataTypes.map((value) => ({ value }))} selectedOption={{ value: d.type }} onChange={(e) => data(i, { type: e.detail.selectedOption.value })} /> },
                { label: 'ARNs', errorText: (_, i) => (tried ? errors.data[i] : undefined), control: (d, i) => <Input value={d.values} onChange={(e) => data(i, { values: e.detail.value })} autoComplete={false} /> },
              ]}
            />
          </FormField>
        </>
      )}
    </SpaceBetween>
  );
}
