// What the import of a symmetric key's material does: new material for a rotation, or material
// that the key had before.
import type { KeyMetadata, RotationsListEntry } from '@aws-sdk/client-kms';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { isPending, materialStates } from './materials';

interface Props {
  metadata: KeyMetadata;
  materials: readonly RotationsListEntry[];
  type: string;
  material?: string;
  onChange: (type: string, material: string | undefined) => void;
}

const any = { value: '', label: 'Whichever matches' };

export function ImportType({ metadata, materials, type, material, onChange }: Props) {
  const replica = metadata.MultiRegionConfiguration?.MultiRegionKeyType === 'REPLICA';
  const options = [
    any,
    ...materials.map((m) => ({
      value: m.KeyMaterialId!,
      label: m.KeyMaterialId!,
      description: [materialStates[m.KeyMaterialState ?? ''], m.ImportState === 'PENDING_IMPORT' ? 'Pending import' : 'Imported', m.KeyMaterialDescription].filter(Boolean).join(', '),
    })),
  ];
  return (
    <Container header={<Header variant="h2">Import type</Header>}>
      <SpaceBetween size="l">
        <RadioGroup
          ariaLabel="Import type"
          value={type}
          onChange={(e) => onChange(e.detail.value, undefined)}
          items={[
            {
              value: 'NEW_KEY_MATERIAL',
              label: 'Import new key material',
              description:
                materials.length === 0 ? 'The first key material of this key.' : 'The key material is pending rotation until you rotate the key.',
              disabled: replica || materials.some(isPending),
            },
            {
              value: 'EXISTING_KEY_MATERIAL',
              label: 'Reimport existing key material',
              description: replica ? 'A replica key takes the key materials of its primary key.' : 'Brings back key material that was deleted or has expired, or changes when it expires.',
              disabled: materials.length === 0 && !replica,
            },
          ]}
        />
        {type === 'EXISTING_KEY_MATERIAL' && materials.length > 0 && (
          <FormField label="Key material ID" description="The import fails if the file has other key material.">
            <Select selectedOption={options.find((o) => o.value === (material ?? '')) ?? any} options={options} onChange={(e) => onChange(type, e.detail.selectedOption.value || undefined)} />
          </FormField>
        )}
      </SpaceBetween>
    </Container>
  );
}
