// The second step of a metric filter: the metric that it makes.
import { CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import { StandardUnit } from '@aws-sdk/client-cloudwatch-logs';
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Autosuggest from '@cloudscape-design/components/autosuggest';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useClient } from '../../app/client';
import { useLoad } from '../../app/load';
import type { FilterErrors, FilterForm } from './form';

const units = [{ value: '', label: 'No unit' }, ...Object.values(StandardUnit).filter((u) => u !== 'None').map((u) => ({ value: u as string, label: u as string }))];

interface Props {
  form: FilterForm;
  onChange: (part: Partial<FilterForm>) => void;
  /** undefined until the step was to be left */
  errors?: FilterErrors;
  /** the filter is there already and keeps its name */
  editing: boolean;
}

export function MetricStep({ form, onChange, errors, editing }: Props) {
  const cloudwatch = useClient(CloudWatchClient);
  const known = useLoad(
    async (signal) => {
      const { Metrics = [] } = await cloudwatch.send(new ListMetricsCommand({}), { abortSignal: signal });
      return Metrics.filter((m) => !m.Namespace?.startsWith('AWS/'));
    },
    [cloudwatch],
  );
  const values = (list: (string | undefined)[]) => [...new Set(list)].sort().map((value) => ({ value: value! }));
  const namespaces = values((known.data ?? []).map((m) => m.Namespace));
  const names = values((known.data ?? []).filter((m) => m.Namespace === form.namespace).map((m) => m.MetricName));
  const dimension = (i: number, part: { name?: string; value?: string }) => onChange({ dimensions: form.dimensions.map((d, j) => (i === j ? { ...d, ...part } : d)) });
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2" description="Log events that match the pattern are counted under this name.">Create filter name</Header>}>
        <FormField label="Filter name" errorText={errors?.name} constraintText={editing ? 'The name of a filter cannot be changed.' : undefined}>
          <Input value={form.name} disabled={editing} onChange={(e) => onChange({ name: e.detail.value })} autoComplete={false} />
        </FormField>
      </Container>
      <Container header={<Header variant="h2">Metric details</Header>}>
        <SpaceBetween size="l">
          <FormField label="Metric namespace" description="A namespace that is there, or a new one." errorText={errors?.namespace}>
            <Autosuggest value={form.namespace} options={namespaces} enteredTextLabel={(v) => `Use: "${v}"`} onChange={(e) => onChange({ namespace: e.detail.value })} empty="No namespaces yet" />
          </FormField>
          <FormField label="Metric name" errorText={errors?.metric}>
            <Autosuggest value={form.metric} options={names} enteredTextLabel={(v) => `Use: "${v}"`} onChange={(e) => onChange({ metric: e.detail.value })} empty="No metrics of this namespace yet" />
          </FormField>
          <FormField label="Metric value" description="Published for each log event that matches: a number, or a field of the pattern such as $.size." errorText={errors?.value}>
            <Input value={form.value} onChange={(e) => onChange({ value: e.detail.value })} autoComplete={false} spellcheck={false} />
          </FormField>
          <FormField label="Default value - optional" description="Published when log events arrive and none of them matches." errorText={errors?.byDefault}>
            <Input value={form.byDefault} onChange={(e) => onChange({ byDefault: e.detail.value })} inputMode="decimal" autoComplete={false} />
          </FormField>
          <FormField label="Unit - optional">
            <Select options={units} selectedOption={units.find((u) => u.value === form.unit) ?? units[0]} filteringType="auto" filteringAriaLabel="Find units" onChange={(e) => onChange({ unit: e.detail.selectedOption.value })} />
          </FormField>
          <FormField label="Dimensions - optional" description="Fields of the pattern whose values tell metrics apart, at most three." errorText={errors?.dimensions} stretch>
            <AttributeEditor
              items={form.dimensions}
              addButtonText="Add dimension"
              removeButtonText="Remove"
              removeButtonAriaLabel={(d) => `Remove dimension ${d.name}`}
              disableAddButton={form.dimensions.length >= 3}
              empty="No dimensions."
              onAddButtonClick={() => onChange({ dimensions: [...form.dimensions, { name: '', value: '' }] })}
              onRemoveButtonClick={(e) => onChange({ dimensions: form.dimensions.filter((_, i) => i !== e.detail.itemIndex) })}
              definition={[
                { label: 'Dimension name', errorText: (_, i) => errors?.each[i]?.name, control: (d, i) => <Input value={d.name} onChange={(e) => dimension(i, { name: e.detail.value })} autoComplete={false} /> },
                { label: 'Dimension value', errorText: (_, i) => errors?.each[i]?.value, control: (d, i) => <Input value={d.value} placeholder="$.eventName" onChange={(e) => dimension(i, { value: e.detail.value })} autoComplete={false} /> },
              ]}
            />
          </FormField>
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  );
}
