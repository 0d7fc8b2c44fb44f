// The command of the AWS CLI that makes a call of the API.
import type { Call } from './calls';

/** services are the CLI's names of the SDK's clients. */
const services: Record<string, string> = {
  CloudWatchLogs: 'logs',
  EventBridge: 'events',
  CloudHSMV2: 'cloudhsmv2',
  Organizations: 'organizations',
};

/** secret are members that are never kept, and what stands for them. */
const secret: Record<string, string> = {
  Password: 'PASSWORD',
  NewPassword: 'NEW_PASSWORD',
  OldPassword: 'OLD_PASSWORD',
  KeyStorePassword: 'KMSUSER_PASSWORD',
  RawSecretAccessKey: 'SECRET_ACCESS_KEY',
  SecretAccessKey: 'SECRET_ACCESS_KEY',
  ApiKeyValue: 'API_KEY',
  ClientSecret: 'CLIENT_SECRET',
  Token: 'TOKEN',
};

/** files are members of bytes, and the file that stands for them. */
const fileOf = (name: string) => `fileb://${kebab(name)}`;

/** kebab is a member's or an operation's name as the CLI writes it. */
export const kebab = (name: string) =>
  name
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();

/** quoted is a word for a shell. */
export const quoted = (s: string) => (/^[\w@%+=:,./-]+$/.test(s) ? s : `'${s.replaceAll("'", `'\\''`)}'`);

/** withoutSecrets is an input as it may be kept: with words in capitals where secrets and bytes were. */
export const withoutSecrets = (input: Record<string, unknown>) => plain('', input) as Record<string, unknown>;

function plain(name: string, value: unknown): unknown {
  if (secret[name] !== undefined && (typeof value === 'string' || value instanceof Uint8Array)) return secret[name];
  if (value instanceof Uint8Array) return name ? fileOf(name) : 'FILE';
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((v) => plain('', v));
  if (value && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, v]) => v !== undefined)
        .map(([k, v]) => [k, plain(k, v)]),
    );
  }
  return value;
}

function option(name: string, value: unknown): string[] {
  const flag = `--${kebab(name)}`;
  if (value === undefined || value === null) return [];
  if (typeof value === 'boolean') return [value ? flag : `--no-${kebab(name)}`];
  const shown = plain(name, value);
  if (Array.isArray(shown)) {
    if (shown.every((v) => typeof v === 'string' || typeof v === 'number')) return shown.length === 0 ? [] : [`${flag} ${shown.map((v) => quoted(String(v))).join(' ')}`];
    return [`${flag} ${quoted(JSON.stringify(shown))}`];
  }
  if (shown && typeof shown === 'object') return [`${flag} ${quoted(JSON.stringify(shown))}`];
  // A value that begins with a dash would be read as an option.
  const word = quoted(String(shown));
  return [/^'?-/.test(word) && typeof shown === 'string' ? `${flag}=${word}` : `${flag} ${word}`];
}

/** command is the whole command, an option on each line. */
export function command(call: Call, endpoint: string): string {
  const service = services[call.service] ?? call.service.toLowerCase();
  const options = Object.entries(call.input).flatMap(([k, v]) => option(k, v));
  return [`aws ${service} ${kebab(call.operation)}`, ...options, `--region ${call.region}`, `--endpoint-url ${endpoint}`].join(' \\\n    ');
}
