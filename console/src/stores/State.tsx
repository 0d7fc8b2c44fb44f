// The connection state of a key store, and why it failed.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import { codeOf, ErrorNote } from '../ui/ErrorNote';
import type { KeyStore } from './data';
import { explainConnection, explainException } from './errors.ts';
import { stateWords, type StoreType } from './words.ts';

const kinds: Record<string, StatusIndicatorProps.Type> = { CONNECTED: 'success', CONNECTING: 'in-progress', DISCONNECTED: 'stopped', DISCONNECTING: 'in-progress', FAILED: 'error' };

/** State says the connection state, and in a few words why it is none. */
export function State({ store, type }: { store: KeyStore; type: StoreType }) {
  const code = store.ConnectionErrorCode;
  return (
    <>
      <StatusIndicator type={kinds[store.ConnectionState] ?? 'info'}>{stateWords[store.ConnectionState] ?? store.ConnectionState}</StatusIndicator>
      {code && (
        <Box variant="small" display="block">
          {explainConnection(code, type).what}
        </Box>
      )}
    </>
  );
}

/** ConnectionError explains why a key store is failed, and how to mend it. */
export function ConnectionError({ store, type }: { store: KeyStore; type: StoreType }) {
  const code = store.ConnectionErrorCode;
  if (!code) return null;
  const { what, remedy } = explainConnection(code, type);
  return (
    <Alert type="error" header={`Connection error: ${code}`}>
      <SpaceBetween size="xs">
        <div>{what}</div>
        <div>{remedy}</div>
      </SpaceBetween>
    </Alert>
  );
}

/** StoreError shows an error of the API and what it means for key stores. */
export function StoreError({ error }: { error: unknown }) {
  if (!error) return null;
  return (
    <SpaceBetween size="s">
      <ErrorNote error={error} />
      <Meaning error={error} />
    </SpaceBetween>
  );
}

/** Meaning says in plain words what an error of the API means for key stores. */
export function Meaning({ error }: { error: unknown }) {
  const explained = explainException(codeOf(error));
  return (
    explained && (
      <Alert type="info" header="What this means">
        {explained.what} {explained.remedy}
      </Alert>
    )
  );
}
