// The key materials of a key, and what to call their states.
import { ListKeyRotationsCommand, RotateKeyOnDemandCommand, type KeyMetadata, type KMSClient, type RotationsListEntry } from '@aws-sdk/client-kms';
import type { StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import { everything } from '../../app/load';
import { isSymmetric } from './wrapping';

/** listMaterials lists the materials of a symmetric key with imported material; other keys have one, which their metadata tells of. */
export async function listMaterials(client: KMSClient, key: KeyMetadata, signal?: AbortSignal): Promise<RotationsListEntry[]> {
  if (!isSymmetric(key)) return [];
  return everything(async (Marker) => {
    const page = await client.send(new ListKeyRotationsCommand({ KeyId: key.KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL', Marker }), { abortSignal: signal });
    return { items: page.Rotations, next: page.NextMarker };
  }, signal);
}

export const rotateNow = (client: KMSClient, key: KeyMetadata) => client.send(new RotateKeyOnDemandCommand({ KeyId: key.KeyId }));

export const materialStates: Record<string, string> = {
  CURRENT: 'Current',
  NON_CURRENT: 'Non-current',
  PENDING_ROTATION: 'Pending rotation',
  PENDING_MULTI_REGION_IMPORT_AND_ROTATION: 'Pending import in all Regions, and rotation',
};

export const isPending = (m: RotationsListEntry) => m.KeyMaterialState?.startsWith('PENDING_') ?? false;

/** imported says whether material is there, in words and as a kind of indicator. */
export function imported(state: string | undefined): { type: StatusIndicatorProps.Type; text: string } {
  return state === 'PENDING_IMPORT' ? { type: 'warning', text: 'Pending import' } : { type: 'success', text: 'Imported' };
}

/** statusOf says where the material of a whole key stands. */
export function statusOf(key: KeyMetadata, materials: readonly RotationsListEntry[]): { type: StatusIndicatorProps.Type; text: string } {
  const missing = materials.filter((m) => m.ImportState === 'PENDING_IMPORT' && !isPending(m));
  if (missing.length > 0) return { type: 'warning', text: `Pending import: ${missing.length} of ${materials.filter((m) => !isPending(m)).length} key materials ${missing.length === 1 ? 'is' : 'are'} deleted or expired` };
  if (key.KeyState === 'PendingImport') return { type: 'warning', text: 'Pending import' };
  if (!key.ExpirationModel && materials.length === 0) return { type: 'warning', text: 'Not imported' };
  return { type: 'success', text: 'Imported' };
}

/** importPath is the address of the wizard that imports material. */
export function importPath(key: KeyMetadata, type?: 'NEW_KEY_MATERIAL' | 'EXISTING_KEY_MATERIAL', material?: string): string {
  const query = new URLSearchParams({ ...(type && { type }), ...(material && { material }) }).toString();
  return `/kms/keys/${key.KeyId}/import${query && `?${query}`}`;
}
