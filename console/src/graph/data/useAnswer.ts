// Reading what a graph shows. What is there stays until the new answer comes, so that a graph
// that refreshes does not flicker.
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { useCallback, useEffect, useState } from 'react';
import { useClient } from '../../app/client';
import { now, syncClock } from '../../app/clock';
import { offsetOf } from '../format/time.ts';
import type { GraphControls } from '../range/controls';
import { encodeRange, resolve } from '../range/range.ts';
import type { GraphSpec } from '../spec/graph.ts';
import { load, type Answer } from './load.ts';

export interface Reading {
  answer?: Answer;
  error?: Error;
  loading: boolean;
  reload: () => void;
}

/** useAnswer reads a graph's lines, again when its queries, the range or the period change. */
export function useAnswer(spec: GraphSpec, controls: GraphControls): Reading {
  const client = useClient(CloudWatchClient, spec.region);
  const { range, period, zone, turn } = controls;
  const [state, setState] = useState<{ answer?: Answer; error?: Error; loading: boolean }>({ loading: true });
  const [own, setOwn] = useState(0);
  const asked = JSON.stringify([spec.queries, spec.stat, spec.period]);
  const span = encodeRange(range);
  useEffect(() => {
    const control = new AbortController();
    setState((s) => ({ ...s, loading: true }));
    const read = async () => {
      await syncClock();
      const at = now();
      return load(client, spec, { ...resolve(range, at), now: at, period, timezone: offsetOf(zone, at) }, control.signal);
    };
    read().then(
      (answer) => control.signal.aborted || setState({ answer, loading: false }),
      (error: Error) => control.signal.aborted || setState((s) => ({ ...s, error, loading: false })),
    );
    return () => control.abort();
    // asked and span stand for spec and range, which may be new objects of the same content.
  }, [client, asked, span, period, zone, turn, own]);
  const reload = useCallback(() => setOwn((n) => n + 1), []);
  return { ...state, reload };
}
