// What this page has asked of the API: the last calls, for the equivalent commands of the AWS
// CLI. What is secret in their inputs is not kept, nor are bytes.
import { useSyncExternalStore } from 'react';
import { withoutSecrets } from './cli';

export interface Call {
  service: string;
  operation: string;
  input: Record<string, unknown>;
  region: string;
  requestId?: string;
  /** error is the code of the error that the call ended with. */
  error?: string;
  at: Date;
}

/** Of reads and of changes as many are kept, so that a screen that reads much does not push out what was done. */
const kept = 20;
let calls: readonly Call[] = [];
const listeners = new Set<() => void>();

/** isRead tells operations that change nothing by their names. */
export const isRead = (operation: string) => /^(Get|List|Describe|Lookup|Filter|Simulate|Test|Start(Query|LiveTail)|Stop(Query)|BatchGet)/.test(operation);

export function noteCall(call: Call) {
  const seen = { true: 0, false: 0 };
  calls = [{ ...call, input: withoutSecrets(call.input) }, ...calls].filter((c) => ++seen[`${isRead(c.operation)}`] <= kept);
  for (const l of listeners) l();
}

export function forgetCalls() {
  calls = [];
  for (const l of listeners) l();
}

/** useCalls lists the last calls, the newest first. */
export function useCalls(): readonly Call[] {
  return useSyncExternalStore(
    (l) => (listeners.add(l), () => listeners.delete(l)),
    () => calls,
  );
}
