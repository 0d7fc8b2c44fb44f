// Names of aliases.

/** aliasError says what is wrong with a name without its prefix "alias/". */
export function aliasError(name: string): string | undefined {
  if (name === '') return 'Enter an alias.';
  if (name.startsWith('alias/')) return 'Leave out alias/. The console adds it.';
  if (name.length > 250) return 'An alias has at most 250 characters.';
  if (!/^[a-zA-Z0-9/_-]+$/.test(name)) return 'An alias has letters, numbers, slashes (/), underscores (_) and dashes (-) only.';
  if (name.startsWith('aws/')) return 'Aliases that begin with aws/ are reserved for AWS managed keys.';
  return undefined;
}
