// From an alarm's history to the spans of time in which it was in each state.
import type { AlarmHistoryItem } from '@aws-sdk/client-cloudwatch';
import type { StateBand } from '../../graph';
import { states, type State } from './state.ts';

interface Change {
  at: Date;
  before?: State;
  after?: State;
  created?: boolean;
}

const stateOf = (v: unknown): State | undefined => states.find((s) => s === v);

/** changeOf reads an item of the history; undefined if the state does not change by it. */
export function changeOf(item: AlarmHistoryItem): Change | undefined {
  if (!item.Timestamp) return undefined;
  try {
    const data = JSON.parse(item.HistoryData ?? '') as { type?: string; oldState?: { stateValue?: string }; newState?: { stateValue?: string } };
    if (item.HistoryItemType === 'StateUpdate') return { at: item.Timestamp, before: stateOf(data.oldState?.stateValue), after: stateOf(data.newState?.stateValue) };
    if (item.HistoryItemType === 'ConfigurationUpdate' && data.type === 'Create') return { at: item.Timestamp, after: 'INSUFFICIENT_DATA', created: true };
  } catch {
    // A record of an unknown form says nothing about the state.
  }
  return undefined;
}

/**
 * bandsOf are the states between two times. The items are all of the history since from, the
 * oldest first; the state that is there now holds where nothing has changed since.
 */
export function bandsOf(items: readonly AlarmHistoryItem[], current: State, from: Date, to: Date): StateBand[] {
  const changes = items.map(changeOf).filter((c) => c !== undefined);
  const bands: StateBand[] = [];
  let since = from;
  let state: State | undefined = changes.length ? changes[0].before : current;
  const close = (end: Date) => {
    const last = end < to ? end : to;
    if (state && since < last) bands.push({ from: since, to: last, state });
  };
  for (const c of changes) {
    close(c.at);
    since = c.at > from ? c.at : from;
    state = c.after ?? state;
  }
  close(to);
  return bands;
}
