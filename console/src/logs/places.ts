// Addresses of the screens of logs. Streams may have any character in their names but : and *.
import type { Crumb } from '../ui/Page';

export const groupsPath = '/cloudwatch/logs';
export const groupPath = (group: string, tab?: string) => `${groupsPath}/groups/${encodeURIComponent(group)}${tab ? `?tab=${tab}` : ''}`;
export const streamPath = (group: string, stream: string) => `${groupPath(group)}/stream?name=${encodeURIComponent(stream)}`;
/** filterPath is the wizard of metric filters: for a new one, or for one that is there. */
export const filterPath = (group: string, name?: string) => `${groupPath(group)}/metric-filter${name === undefined ? '' : `?edit=${encodeURIComponent(name)}`}`;

export const aboveGroup: Crumb[] = [{ text: 'Log groups', path: groupsPath }];
export const inGroup = (group: string): Crumb[] => [...aboveGroup, { text: group, path: groupPath(group) }];
