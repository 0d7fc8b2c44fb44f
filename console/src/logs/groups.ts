// What the service takes for log groups, and how the console says it.
export const retentions = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

const years: Record<number, string> = { 365: '12 months (365 days)', 400: '13 months (400 days)', 545: '18 months (545 days)', 731: '2 years (731 days)', 1096: '3 years (1096 days)', 1827: '5 years (1827 days)', 2192: '6 years (2192 days)', 2557: '7 years (2557 days)', 2922: '8 years (2922 days)', 3288: '9 years (3288 days)', 3653: '10 years (3653 days)' };
const months: Record<number, string> = { 30: '1 month (30 days)', 60: '2 months (60 days)', 90: '3 months (90 days)', 120: '4 months (120 days)', 150: '5 months (150 days)', 180: '6 months (180 days)' };

export const retentionText = (days: number | undefined) =>
  days === undefined || days === 0 ? 'Never expire' : (months[days] ?? years[days] ?? (days === 7 ? '1 week (7 days)' : days === 14 ? '2 weeks (14 days)' : `${days} ${days === 1 ? 'day' : 'days'}`));

export const retentionOptions = [{ value: '0', label: 'Never expire' }, ...retentions.map((d) => ({ value: String(d), label: retentionText(d) }))];

/** bytesText writes a size as a person reads it. */
export function bytesText(n: number | undefined): string {
  if (n === undefined) return '–';
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let i = 0;
  let v = n;
  for (; v >= 1024 && i < units.length - 1; i++) v /= 1024;
  return `${i === 0 ? v : v.toFixed(v < 10 ? 2 : 1)} ${units[i]}`;
}

export function groupNameError(name: string): string | undefined {
  if (name === '') return 'Enter a name.';
  if (name.length > 512) return 'A log group name has at most 512 characters.';
  if (!/^[.\-_/#A-Za-z0-9]+$/.test(name)) return 'A log group name has letters, numbers and _ - / . # only.';
  return /^aws\//.test(name) ? 'A log group name cannot begin with aws/.' : undefined;
}

export function streamNameError(name: string): string | undefined {
  if (name === '') return 'Enter a name.';
  if (name.length > 512) return 'A log stream name has at most 512 characters.';
  return /[:*]/.test(name) ? 'A log stream name cannot contain : or *.' : undefined;
}

/** keyArnError: the API takes nothing but the ARN of a key. */
export const keyArnError = (arn: string) => (/^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/.test(arn) ? undefined : 'Enter the ARN of a KMS key: arn:aws:kms:REGION:ACCOUNT:key/KEY-ID.');
