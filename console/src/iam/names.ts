// Names, paths and ARNs of IAM's entities, and their screens.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html

export type HolderKind = 'user' | 'group' | 'role';

/** lengths are the longest names. */
const lengths = { user: 64, group: 128, role: 64, policy: 128 } as const;

/** nameError says what is wrong with a name of an entity. */
export function nameError(name: string, of: keyof typeof lengths): string | undefined {
  if (!name) return 'Enter a name.';
  if (name.length > lengths[of]) return `A name has at most ${lengths[of]} characters.`;
  return /^[\w+=,.@-]+$/.test(name) ? undefined : 'A name has letters, numbers and +=,.@_- only.';
}

export const nameHint = (of: keyof typeof lengths) => `Up to ${lengths[of]} characters: letters, numbers and +=,.@_-.`;

/** pathError says what is wrong with the path of an entity; the usual one is "/". Paths of policies have fewer characters. */
export function pathError(path: string, of?: 'policy'): string | undefined {
  if (path.length > 512) return 'A path has at most 512 characters.';
  if (of === 'policy' && /^\/.*\/$/.test(path) && !/^(\/[\w.,+@=-]+)*\/$/.test(path)) return 'A path of a policy has letters, numbers and +=,.@_- only, between single slashes.';
  return /^(\/|\/[!-~]+\/)$/.test(path) ? undefined : 'A path begins and ends with a slash, and has no spaces.';
}

/** descriptionError says what is wrong with a description. */
export function descriptionError(text: string): string | undefined {
  if (text.length > 1000) return 'A description has at most 1000 characters.';
  return /^[\t\n\r\u0020-\u007e\u00a1-\u00ff]*$/.test(text) ? undefined : 'A description has characters up to U+00FF only.';
}

/** lastOf is the name in an ARN. */
export const lastOf = (arn: string) => arn.slice(arn.lastIndexOf('/') + 1);

export const holderPath = (kind: HolderKind, name: string) => `/iam/${kind}s/${encodeURIComponent(name)}`;
export const policyPath = (arn: string) => `/iam/policies/${encodeURIComponent(arn)}`;
export const providerPath = (arn: string) => `/iam/providers/${encodeURIComponent(arn)}`;

/** isAwsManaged tells AWS's own policies from those of an account. */
export const isAwsManaged = (arn: string) => /^arn:[\w-]+:iam::aws:policy\//.test(arn);

/** decoded is a policy document as answers have it: percent-encoded. */
export const decoded = (document: string | undefined) => (document === undefined ? '' : decodeURIComponent(document));

/** kindOf reads what an ARN is of. */
export function kindOf(arn: string): HolderKind | undefined {
  return /^arn:[\w-]+:iam::\d{12}:(user|group|role)\/.+/.exec(arn)?.[1] as HolderKind | undefined;
}
