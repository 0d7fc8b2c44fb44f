// What is around graphs decides which time they show: one of these for all graphs of a section,
// one more for the graph that is enlarged. It is gone with what it belongs to.
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { preferred } from '../../app/preferences';
import type { Zone } from '../format/time.ts';
import { decodeRange, defaultRange, encodeRange, type Range } from './range.ts';

export interface GraphControls {
  range: Range;
  setRange: (range: Range) => void;
  /** seconds, in place of the queries' own; undefined leaves them */
  period?: number;
  setPeriod: (seconds: number) => void;
  /** seconds between readings; 0 is off */
  refresh: number;
  setRefresh: (seconds: number) => void;
  zone: Zone;
  setZone: (zone: Zone) => void;
  /** turn counts the readings that were asked for */
  turn: number;
  reload: () => void;
}

/** useGraphControls holds range, period, refreshing and time zone: three hours, the queries' periods, off. */
export function useGraphControls(start: { range?: Range; period?: number; zone?: Zone } = {}): GraphControls {
  const [range, setRange] = useState<Range>(start.range ?? defaultRange);
  const [period, setPeriod] = useState(start.period);
  const [refresh, setRefresh] = useState(0);
  const [zone, setZone] = useState<Zone>(start.zone ?? preferred().zone);
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn((t) => t + 1), []);
  useEffect(() => {
    if (!refresh) return;
    const timer = setInterval(reload, refresh * 1000);
    return () => clearInterval(timer);
  }, [refresh, reload]);
  return useMemo(() => ({ range, setRange, period, setPeriod, refresh, setRefresh, zone, setZone, turn, reload }), [range, period, refresh, zone, turn, reload]);
}

/** useAddressedControls are controls whose range stands in the address of the screen, once somebody chose one. */
export function useAddressedControls(start: { period?: number } = {}): GraphControls {
  const [search, setSearch] = useSearchParams();
  const own = useGraphControls(start);
  const asked = search.get('range');
  return useMemo(() => {
    const range = decodeRange(asked) ?? defaultRange;
    const setRange = (r: Range) => setSearch((s) => (s.set('range', encodeRange(r)), s), { replace: true });
    return { ...own, range, setRange };
  }, [own, asked, setSearch]);
}
