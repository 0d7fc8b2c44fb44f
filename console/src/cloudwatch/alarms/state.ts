// The states of alarms.
export type State = 'ALARM' | 'OK' | 'INSUFFICIENT_DATA';
export const states: readonly State[] = ['ALARM', 'OK', 'INSUFFICIENT_DATA'];
