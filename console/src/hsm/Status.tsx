// The states of clusters, HSMs and backups in words.
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';

const kinds: Record<string, StatusIndicatorProps.Type> = {
  ACTIVE: 'success',
  READY: 'success',
  INITIALIZED: 'warning',
  UNINITIALIZED: 'warning',
  DEGRADED: 'warning',
  PENDING_DELETION: 'warning',
  DELETED: 'stopped',
};

/** Status writes CREATE_IN_PROGRESS as "Create in progress". */
export function Status({ state = '' }: { state?: string }) {
  const type = kinds[state] ?? (state.endsWith('_IN_PROGRESS') ? 'in-progress' : 'info');
  return <StatusIndicator type={type}>{statusText(state)}</StatusIndicator>;
}

export const statusText = (state = '') => (state ? state[0] + state.slice(1).toLowerCase().replaceAll('_', ' ') : '–');
