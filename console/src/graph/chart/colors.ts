// Colours of lines, and of what is around them in light and dark mode.

// Those that CloudWatch gives lines that have none of their own.
const palette = [
  '#1f77b4', '#ff7f0e', '#2ca02c', '#d62728', '#9467bd', '#8c564b', '#e377c2', '#7f7f7f', '#bcbd22', '#17becf',
  '#aec7e8', '#ffbb78', '#98df8a', '#ff9896', '#c5b0d5', '#c49c94', '#f7b6d2', '#c7c7c7', '#dbdb8d', '#9edae5',
];

export const colorOf = (i: number) => palette[i % palette.length];

export interface Ink {
  text: string;
  line: string;
  background: string;
}

export const ink = (dark: boolean): Ink =>
  dark ? { text: '#c6c6cd', line: '#424650', background: '#161d26' } : { text: '#424650', line: '#dedee3', background: '#ffffff' };

export const stateColors = { OK: 'rgba(44,160,44,0.10)', ALARM: 'rgba(214,39,40,0.16)', INSUFFICIENT_DATA: 'rgba(127,127,127,0.16)' } as const;
