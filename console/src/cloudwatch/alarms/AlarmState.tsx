// The state of an alarm as a sign with a word.
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { State } from './state';
import { stateNames } from './words';

const signs = { ALARM: 'warning', OK: 'success', INSUFFICIENT_DATA: 'pending' } as const;
const colours = { ALARM: 'red', OK: 'green', INSUFFICIENT_DATA: 'grey' } as const;

export function AlarmState({ state }: { state: State }) {
  return (
    <StatusIndicator type={signs[state]} colorOverride={colours[state]}>
      {stateNames[state]}
    </StatusIndicator>
  );
}
