// Flash messages: what was done, with the id of the request.
import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar';
import { useSyncExternalStore, type ReactNode } from 'react';
import { codeOf, requestOf } from '../ui/ErrorNote';

let items: readonly FlashbarProps.MessageDefinition[] = [];
let count = 0;
const listeners = new Set<() => void>();

function set(next: readonly FlashbarProps.MessageDefinition[]) {
  items = next;
  for (const l of listeners) l();
}

export function dismissFlash(id: string) {
  set(items.filter((i) => i.id !== id));
}

export const clearFlash = () => set([]);

const shown = 5;

/** flash shows a message at the top of the screen until it is dismissed; a new one pushes out the oldest of many. */
export function flash(type: FlashbarProps.Type, header: ReactNode, options: { content?: ReactNode; requestId?: string; action?: ReactNode } = {}): string {
  const id = `flash-${++count}`;
  const content = (
    <>
      {options.content}
      {options.requestId && <div>Request ID: {options.requestId}</div>}
    </>
  );
  set([
    { id, type, header, content, action: options.action, dismissible: true, dismissLabel: 'Dismiss message', onDismiss: () => dismissFlash(id) },
    ...items,
  ].slice(0, shown));
  return id;
}

/** done says that something was done; result is the answer of the API. */
export const done = (header: ReactNode, result?: { $metadata?: { requestId?: string } }, content?: ReactNode) =>
  flash('success', header, { content, requestId: result?.$metadata?.requestId });

/** failed says that something that has no form of its own could not be done. */
export const failed = (header: ReactNode, error: unknown) =>
  flash('error', header, {
    content: (
      <>
        {codeOf(error)}: {(error as Error).message}
      </>
    ),
    requestId: requestOf(error),
  });

export function Flashes() {
  const list = useSyncExternalStore(
    (l) => (listeners.add(l), () => listeners.delete(l)),
    () => items,
  );
  return <Flashbar items={list} stackItems={list.length > 3} />;
}
