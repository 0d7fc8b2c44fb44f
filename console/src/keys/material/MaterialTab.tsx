// The imported key material of a key.
import { DeleteImportedKeyMaterialCommand, KMSClient, type KeyMetadata, type RotationsListEntry } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { Confirm } from '../../ui/Confirm';
import { Copy } from '../../ui/Copy';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { Expires } from './Expires';
import { importPath, isPending, listMaterials, rotateNow, statusOf } from './materials';
import { MaterialsTable } from './MaterialsTable';
import { isSymmetric } from './wrapping';

interface Props {
  metadata: KeyMetadata;
  /** reads the key's metadata again */
  reload: () => void;
}

type Asked = { what: 'delete'; material?: RotationsListEntry } | { what: 'rotate'; material: RotationsListEntry };

export function MaterialTab({ metadata, reload }: Props) {
  const client = useClient(KMSClient);
  const go = useGo();
  const { data, error, loading, reload: again } = useLoad((signal) => listMaterials(client, metadata, signal), [client, metadata.KeyId, metadata.KeyState, metadata.CurrentKeyMaterialId]);
  const [asked, setAsked] = useState<Asked>();
  const symmetric = isSymmetric(metadata);
  const materials = data ?? [];
  const pending = materials.find(isPending);
  const status = statusOf(metadata, materials);
  const deleting = metadata.KeyState === 'PendingDeletion' || metadata.KeyState === 'PendingReplicaDeletion';
  const replica = metadata.MultiRegionConfiguration?.MultiRegionKeyType === 'REPLICA';
  const refresh = () => {
    again();
    reload();
  };
  if (metadata.Origin !== 'EXTERNAL') return <Alert type="info">The key material of this key was not imported.</Alert>;
  return (
    <SpaceBetween size="l">
      {metadata.KeyState === 'PendingImport' && (
        <Alert type="warning" header="This KMS key can’t be used">
          {materials.length > 0 || metadata.CurrentKeyMaterialId
            ? 'Key material of it has been deleted or has expired. Reimport the same key material to use the key again.'
            : 'It has no key material yet. Import key material to use the key.'}
        </Alert>
      )}
      <Container
        header={
          <Header
            variant="h2"
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                {!symmetric && (
                  <Button disabled={deleting || metadata.KeyState === 'PendingImport'} onClick={() => setAsked({ what: 'delete' })}>
                    Delete key material
                  </Button>
                )}
                <ImportButton metadata={metadata} materials={materials} deleting={deleting} replica={replica} pending={!!pending} onGo={go} />
              </SpaceBetween>
            }
          >
            Key material
          </Header>
        }
      >
        {loading && !data ? (
          <Loading />
        ) : (
          <Fields
            items={[
              { label: 'Key material status', value: <StatusIndicator type={status.type}>{status.text}</StatusIndicator> },
              { label: 'Expiration', value: <Expires model={metadata.ExpirationModel} at={metadata.ValidTo} missing={metadata.KeyState === 'PendingImport'} /> },
              symmetric && { label: 'Current key material ID', value: <Copy text={metadata.CurrentKeyMaterialId} name="key material ID" /> },
            ]}
          />
        )}
        <ErrorNote error={error} retry={again} />
      </Container>
      {symmetric && (
        <MaterialsTable
          metadata={metadata}
          materials={data}
          loading={loading}
          error={error}
          reload={again}
          deleting={deleting}
          onDelete={(material) => setAsked({ what: 'delete', material })}
          onRotate={(material) => setAsked({ what: 'rotate', material })}
        />
      )}
      {asked?.what === 'delete' && <DeleteMaterial metadata={metadata} material={asked.material} onClose={() => setAsked(undefined)} onDone={refresh} />}
      {asked?.what === 'rotate' && <RotateNow metadata={metadata} material={asked.material} onClose={() => setAsked(undefined)} onDone={refresh} />}
    </SpaceBetween>
  );
}

interface ImportButtonProps {
  metadata: KeyMetadata;
  materials: readonly RotationsListEntry[];
  deleting: boolean;
  replica: boolean;
  pending: boolean;
  onGo: (path: string) => void;
}

/** ImportButton is the button that imports material, named by what an import would do. */
function ImportButton({ metadata, materials, deleting, replica, pending, onGo }: ImportButtonProps) {
  if (!isSymmetric(metadata)) {
    return (
      <Button variant="primary" disabled={deleting} onClick={() => onGo(importPath(metadata))}>
        {metadata.ExpirationModel ? 'Reimport key material' : 'Import key material'}
      </Button>
    );
  }
  if (materials.length === 0) {
    return (
      <Button variant="primary" disabled={deleting} onClick={() => onGo(importPath(metadata, replica ? 'EXISTING_KEY_MATERIAL' : undefined))}>
        {replica ? 'Import key material of the primary key' : 'Import initial key material'}
      </Button>
    );
  }
  const reason = replica
    ? 'New key material is imported into the primary key first.'
    : pending
      ? 'Key material is pending rotation. Rotate the key, or delete that key material, before importing another.'
      : undefined;
  return (
    <Button variant="primary" disabled={deleting || !!reason} disabledReason={reason} onClick={() => onGo(importPath(metadata, 'NEW_KEY_MATERIAL'))}>
      Import new key material
    </Button>
  );
}

function DeleteMaterial({ metadata, material, onClose, onDone }: { metadata: KeyMetadata; material?: RotationsListEntry; onClose: () => void; onDone: () => void }) {
  const client = useClient(KMSClient);
  const rotation = material && isPending(material);
  const remove = async () => {
    const result = await client.send(new DeleteImportedKeyMaterialCommand({ KeyId: metadata.KeyId, KeyMaterialId: material?.KeyMaterialId }));
    done('Key material deleted', result);
    onDone();
  };
  return (
    <Confirm
      title="Delete key material"
      action="Delete key material"
      typed="delete"
      onClose={onClose}
      onConfirm={remove}
      warning={
        rotation
          ? 'The key stays usable with its current key material. It can’t be rotated to this key material until it is imported again.'
          : 'The key can’t be used at once, and its status becomes Pending import. Reimport the same key material to use it again. Without a copy of the key material, all data that was encrypted under it is lost.'
      }
    >
      <Box variant="p">
        {material ? `Key material ${material.KeyMaterialId} of key ${metadata.KeyId} is deleted from KMS.` : `The key material of key ${metadata.KeyId} is deleted from KMS.`} The KMS key and its
        metadata stay.
      </Box>
    </Confirm>
  );
}

function RotateNow({ metadata, material, onClose, onDone }: { metadata: KeyMetadata; material: RotationsListEntry; onClose: () => void; onDone: () => void }) {
  const client = useClient(KMSClient);
  const rotate = async () => {
    done('Key rotated', await rotateNow(client, metadata));
    onDone();
  };
  return (
    <Confirm title="Rotate now" action="Rotate now" onClose={onClose} onConfirm={rotate}>
      <Box variant="p">
        Key material {material.KeyMaterialId} becomes the current one. The key material that is current now must stay imported, because the key can’t be used without any of its
        key materials.
      </Box>
    </Confirm>
  );
}
