// What a person likes: kept by the browser, and nothing secret.
import { applyMode, Mode } from '@cloudscape-design/global-styles';
import { useSyncExternalStore } from 'react';

export interface Preferences {
  theme: 'light' | 'dark' | 'system';
  /** times are shown in UTC or in the browser's own time zone */
  zone: 'UTC' | 'local';
  region: string;
}

const key = 'keystead.preferences';
const usual: Preferences = { theme: 'system', zone: 'UTC', region: '' };
let preferences = read();
const listeners = new Set<() => void>();

function read(): Preferences {
  try {
    return { ...usual, ...(JSON.parse(localStorage.getItem(key) ?? '{}') as Partial<Preferences>) };
  } catch {
    return usual;
  }
}

const darkWanted = matchMedia('(prefers-color-scheme: dark)');
export const isDark = () => preferences.theme === 'dark' || (preferences.theme === 'system' && darkWanted.matches);

function show() {
  applyMode(isDark() ? Mode.Dark : Mode.Light);
  document.documentElement.style.colorScheme = isDark() ? 'dark' : 'light';
  for (const l of listeners) l();
}

export function prefer(change: Partial<Preferences>) {
  preferences = { ...preferences, ...change };
  try {
    localStorage.setItem(key, JSON.stringify(preferences));
  } catch {
    // A browser that keeps nothing shows the choice until it is closed.
  }
  show();
}

export const preferred = () => preferences;

const listen = (l: () => void) => (listeners.add(l), () => listeners.delete(l));

export const usePreferences = () => useSyncExternalStore(listen, () => preferences);

export const useDark = () => useSyncExternalStore(listen, isDark);

darkWanted.addEventListener('change', show);
show();
