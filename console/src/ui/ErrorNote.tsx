// Errors as the API gave them.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import type { ReactNode } from 'react';

/** codeOf is the code of an error of the API, or says that no answer came. */
export function codeOf(error: unknown): string {
  const e = error as { name?: string; Code?: string };
  // Where the service's code and the SDK's name for it differ, the code is what people search for.
  if (e.Code) return e.Code;
  if (e.name === 'TypeError' && /fetch|network/i.test(String((error as Error).message))) return 'No answer';
  return e.name || 'Error';
}

export const requestOf = (error: unknown) => (error as { $metadata?: { requestId?: string } }).$metadata?.requestId;

/** messageOf is what the service said, or what to do where it could not be reached. */
export function messageOf(error: unknown): string {
  return codeOf(error) === 'No answer' ? 'The server could not be reached. Check that it runs and that this machine is connected to it.' : (error as Error).message;
}

/** ErrorNote shows an error with its code, its text and the id of the request. */
export function ErrorNote({ error, retry, header }: { error: unknown; retry?: () => void; header?: ReactNode }) {
  if (!error) return null;
  const id = requestOf(error);
  return (
    <Alert type="error" header={header ?? codeOf(error)} action={retry && <Button formAction="none" onClick={retry}>Retry</Button>}>
      {header && <>{codeOf(error)}: </>}
      <span style={{ overflowWrap: 'anywhere' }}>{messageOf(error)}</span>
      {id && (
        <Box variant="small" display="block">
          Request ID: {id}
        </Box>
      )}
    </Alert>
  );
}
