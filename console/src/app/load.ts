// Loading and doing: the two ways in which screens call the API.
import { useCallback, useEffect, useRef, useState } from 'react';
import { syncClock } from './clock.ts';

export interface Loaded<T> {
  data?: T;
  error?: Error;
  loading: boolean;
  /** reload asks again, and keeps what is there until the answer comes. */
  reload: () => void;
  /** set puts in what is known to be true now, before it is read again. */
  set: (data: T) => void;
}

/**
 * useLoad loads what a screen shows, again when one of deps changes; what was loaded for other
 * deps is dropped. Undefined as load means that there is nothing to ask for yet.
 */
export function useLoad<T>(load: ((signal: AbortSignal) => Promise<T>) | undefined, deps: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<{ data?: T; error?: Error; loading: boolean }>({ loading: load !== undefined });
  const [turn, setTurn] = useState(0);
  const before = useRef<readonly unknown[]>(deps);
  useEffect(() => {
    const same = before.current.length === deps.length && before.current.every((d, i) => Object.is(d, deps[i]));
    before.current = deps;
    if (!load) {
      setState({ loading: false });
      return;
    }
    const control = new AbortController();
    setState((s) => ({ data: same ? s.data : undefined, error: same ? s.error : undefined, loading: true }));
    syncClock()
      .then(() => load(control.signal))
      .then(
        (data) => !control.signal.aborted && setState({ data, loading: false }),
        (error: Error) => !control.signal.aborted && setState((s) => ({ data: s.data, error, loading: false })),
      );
    return () => control.abort();
    // eslint-style exhaustive lists would name load, which is new in each rendering.
  }, [...deps, turn]);
  const reload = useCallback(() => setTurn((t) => t + 1), []);
  const set = useCallback((data: T) => setState({ data, loading: false }), []);
  return { ...state, reload, set };
}

export interface Doing {
  busy: boolean;
  error?: Error;
  /** run does something, and tells whether it was done; if not, error says why. */
  run: (f: () => Promise<unknown>) => Promise<boolean>;
  clear: () => void;
}

/** useAction does what a person asked for, one thing at a time. */
export function useAction(): Doing {
  const [state, setState] = useState<{ busy: boolean; error?: Error }>({ busy: false });
  const busy = useRef(false);
  const run = useCallback(async (f: () => Promise<unknown>) => {
    if (busy.current) return false;
    busy.current = true;
    setState({ busy: true });
    try {
      await f();
      setState({ busy: false });
      return true;
    } catch (error) {
      setState({ busy: false, error: error as Error });
      return false;
    } finally {
      busy.current = false;
    }
  }, []);
  const clear = useCallback(() => setState((s) => ({ busy: s.busy })), []);
  return { ...state, run, clear };
}

/** everything collects all pages of a list; each page may be looked at as it comes. */
export async function everything<T>(
  page: (token: string | undefined) => Promise<{ items?: T[]; next?: string }>,
  signal?: AbortSignal,
  seen?: (items: readonly T[]) => void,
): Promise<T[]> {
  const all: T[] = [];
  let token: string | undefined;
  do {
    const { items, next } = await page(token);
    signal?.throwIfAborted();
    for (const i of items ?? []) all.push(i);
    seen?.(all);
    token = next || undefined;
  } while (token);
  return all;
}

/** atOnce runs a task for each item, some at a time, and returns the results in order. */
export async function atOnce<T, R>(items: readonly T[], task: (item: T, i: number) => Promise<R>, width = 6): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) results[i] = await task(items[i], i);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
