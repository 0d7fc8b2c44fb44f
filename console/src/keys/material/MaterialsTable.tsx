// The list of a key's materials: what may be done with each.
import type { KeyMetadata, RotationsListEntry } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useGo } from '../../app/region';
import { Copy } from '../../ui/Copy';
import { ResourceTable, type Column } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { Expires } from './Expires';
import { imported, importPath, isPending, materialStates } from './materials';

interface Props {
  metadata: KeyMetadata;
  materials: readonly RotationsListEntry[] | undefined;
  loading: boolean;
  error?: Error;
  reload: () => void;
  /** the key waits for its deletion */
  deleting: boolean;
  onDelete: (material: RotationsListEntry) => void;
  onRotate: (material: RotationsListEntry) => void;
}

const rotations: Record<string, string> = { ON_DEMAND: 'On demand', AUTOMATIC: 'Automatic' };
const stateOf = (m: RotationsListEntry) => materialStates[m.KeyMaterialState ?? ''] ?? m.KeyMaterialState;

const columns: Column<RotationsListEntry>[] = [
  { id: 'id', header: 'Key material ID', isRowHeader: true, width: 280, value: (m) => m.KeyMaterialId, cell: (m) => <Copy text={m.KeyMaterialId} name="key material ID" /> },
  { id: 'description', header: 'Description', value: (m) => m.KeyMaterialDescription, cell: (m) => m.KeyMaterialDescription || '–' },
  { id: 'state', header: 'Key material state', value: stateOf, cell: stateOf },
  {
    id: 'import',
    header: 'Import state',
    value: (m) => imported(m.ImportState).text,
    cell: (m) => <StatusIndicator type={imported(m.ImportState).type}>{imported(m.ImportState).text}</StatusIndicator>,
  },
  {
    id: 'expiration',
    header: 'Expiration',
    value: (m) => m.ValidTo?.getTime(),
    cell: (m) => <Expires model={m.ExpirationModel} at={m.ValidTo} missing={m.ImportState === 'PENDING_IMPORT'} />,
  },
  { id: 'rotated', header: 'Rotation date', value: (m) => m.RotationDate?.getTime(), cell: (m) => <Time at={m.RotationDate} /> },
  { id: 'type', header: 'Rotation type', value: (m) => m.RotationType, cell: (m) => rotations[m.RotationType ?? ''] ?? '–' },
];

export function MaterialsTable({ metadata, materials, loading, error, reload, deleting, onDelete, onRotate }: Props) {
  const go = useGo();
  const [chosen, setChosen] = useState<string>();
  const selected = materials?.find((m) => m.KeyMaterialId === chosen);
  const replica = metadata.MultiRegionConfiguration?.MultiRegionKeyType === 'REPLICA';
  const pending = materials?.find((m) => m.KeyMaterialState === 'PENDING_ROTATION');
  return (
    <ResourceTable<RotationsListEntry>
      title="Key materials"
      one="key material"
      many="key materials"
      id="key-materials"
      items={materials}
      loading={loading}
      error={error}
      reload={reload}
      columns={columns}
      trackBy={(m) => m.KeyMaterialId!}
      description="All of them but those that are pending must stay imported for the key to be usable."
      selection="single"
      selected={selected ? [selected] : []}
      onSelect={(items) => setChosen(items[0]?.KeyMaterialId)}
      empty={{
        title: 'No key material',
        hint: 'No key material has been imported yet.',
        action: deleting ? undefined : <Button onClick={() => go(importPath(metadata, replica ? 'EXISTING_KEY_MATERIAL' : undefined))}>Import key material</Button>,
      }}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          {!replica && (
            <Button
              disabled={!pending || metadata.KeyState !== 'Enabled'}
              disabledReason={pending ? 'The key must be enabled.' : 'No key material is pending rotation. Import new key material first.'}
              onClick={() => onRotate(pending!)}
            >
              Rotate now
            </Button>
          )}
          <ButtonDropdown
            disabled={!selected}
            items={[
              { id: 'reimport', text: 'Reimport key material', disabled: deleting, disabledReason: 'The key is pending deletion.' },
              {
                id: 'delete',
                text: 'Delete key material',
                disabled: selected?.ImportState === 'PENDING_IMPORT',
                disabledReason: selected && isPending(selected) ? 'This key material is not imported.' : 'This key material has been deleted or has expired.',
              },
            ]}
            onItemClick={(e) => (e.detail.id === 'delete' ? onDelete(selected!) : go(importPath(metadata, 'EXISTING_KEY_MATERIAL', selected!.KeyMaterialId)))}
          >
            Actions
          </ButtonDropdown>
        </SpaceBetween>
      }
    />
  );
}
