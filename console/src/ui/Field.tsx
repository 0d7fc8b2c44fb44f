// Names and values of a thing, in columns.
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Skeleton from '@cloudscape-design/components/skeleton';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

/** Fields shows labels with their values. */
export function Fields({ columns = 3, items }: { columns?: number; items: readonly (false | undefined | { label: string; value: ReactNode })[] }) {
  return <KeyValuePairs columns={columns} items={items.filter((i) => i !== undefined && i !== false).map((i) => ({ label: i.label, value: i.value ?? '–' }))} />;
}

/** Loading stands for what is not there yet. */
export function Loading({ lines = 3 }: { lines?: number }) {
  return (
    <div role="status" aria-label="Loading">
      <SpaceBetween size="s">
        {Array.from({ length: lines }, (_, i) => (
          <Skeleton key={i} />
        ))}
      </SpaceBetween>
    </div>
  );
}
