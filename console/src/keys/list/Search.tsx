// The field to search a list of keys by their properties.
import type { PropertyFilterOperator } from '@cloudscape-design/collection-hooks';
import PropertyFilter, { type PropertyFilterProps } from '@cloudscape-design/components/property-filter';
import { choices } from './filter';

const chosen = ['=', '!='] as const;
const text = [':', '!:', '=', '!=', '^'] as const;

const property = (key: string, propertyLabel: string, groupValuesLabel: string, operators: readonly PropertyFilterOperator[]) => ({ key, propertyLabel, groupValuesLabel, operators });

const properties = [
  property('alias', 'Alias', 'Aliases', text),
  property('id', 'Key ID', 'Key IDs', text),
  property('status', 'Status', 'Statuses', chosen),
  property('type', 'Key type', 'Key types', chosen),
  property('spec', 'Key spec', 'Key specs', [...chosen, ':', '^']),
  property('usage', 'Key usage', 'Key usages', chosen),
  property('origin', 'Origin', 'Origins', chosen),
  property('regionality', 'Regionality', 'Regionalities', chosen),
  property('store', 'Custom key store ID', 'Custom key store IDs', [...chosen, ':']),
  property('description', 'Description', 'Descriptions', text),
  property('tagKey', 'Tag key', 'Tag keys', text),
  property('tagValue', 'Tag value', 'Tag values', text),
].map((p) => ({ ...p, defaultOperator: p.operators[0] }));

const options: PropertyFilterProps.FilteringOption[] = Object.entries(choices).flatMap(([propertyKey, values]) => values.map((value) => ({ propertyKey, value })));

const unmanaged = new Set(['regionality', 'store', 'tagKey', 'tagValue']);

interface Props {
  query: PropertyFilterProps.Query;
  onChange: (query: PropertyFilterProps.Query) => void;
  managed: boolean;
  countText: string;
}

export function Search({ query, onChange, managed, countText }: Props) {
  return (
    <PropertyFilter
      query={query}
      onChange={(e) => onChange(e.detail)}
      filteringProperties={managed ? properties.filter((p) => !unmanaged.has(p.key)) : properties}
      filteringOptions={options}
      filteringPlaceholder="Filter keys by property or value"
      filteringAriaLabel="Filter keys"
      countText={countText}
      expandToViewport
    />
  );
}
