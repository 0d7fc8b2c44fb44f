// The state of a key, with its mark.
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { KeyMetadata } from '@aws-sdk/client-kms';
import { stateText, states } from './describe';

export function State({ of }: { of: Pick<KeyMetadata, 'KeyState'> }) {
  return <StatusIndicator type={states[of.KeyState ?? '']?.type ?? 'info'}>{stateText(of.KeyState)}</StatusIndicator>;
}
