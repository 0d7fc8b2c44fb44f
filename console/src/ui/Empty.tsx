// What stands where nothing is yet, and what to do next.
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

export function Empty({ title, hint, action }: { title: string; hint?: ReactNode; action?: ReactNode }) {
  return (
    <Box textAlign="center" color="inherit" padding={{ vertical: 's' }}>
      <SpaceBetween size="xs">
        <b>{title}</b>
        {hint && (
          <Box variant="p" color="inherit">
            {hint}
          </Box>
        )}
        {action}
      </SpaceBetween>
    </Box>
  );
}
