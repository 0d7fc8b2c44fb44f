// Passwords of the console: what the account asks of them, and new ones by chance.
//
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
import { GetAccountPasswordPolicyCommand, type IAMClient, type PasswordPolicy } from '@aws-sdk/client-iam';

/** unknownRules stand for a password policy that the caller may not read: the service alone can say what is wrong. */
const unknownRules: PasswordPolicy = {};

/** passwordRulesOf is what new passwords are checked by before the service is asked. */
export const passwordRulesOf = (iam: IAMClient, abortSignal?: AbortSignal): Promise<PasswordPolicy | undefined> =>
  passwordPolicyOf(iam, abortSignal).catch((e: Error) => {
    if (/^AccessDenied(Exception)?$/.test(e.name)) return unknownRules;
    throw e;
  });

/** passwordPolicyOf is the account's own password policy; undefined if it has none. */
export async function passwordPolicyOf(iam: IAMClient, abortSignal?: AbortSignal): Promise<PasswordPolicy | undefined> {
  try {
    return (await iam.send(new GetAccountPasswordPolicyCommand({}), { abortSignal })).PasswordPolicy;
  } catch (e) {
    if (/^NoSuchEntity(Exception)?$/.test((e as Error).name)) return undefined;
    throw e;
  }
}

const symbols = "!@#$%^&*()_+-=[]{}|'";
const hasSymbol = (s: string) => [...s].some((c) => symbols.includes(c));

/** passwordRules are what is asked, each with its test. */
export function passwordRules(p: PasswordPolicy | undefined): { text: string; holds: (password: string) => boolean }[] {
  if (p === unknownRules) return [];
  const least = p?.MinimumPasswordLength ?? 8;
  const length = { text: `at least ${least} characters`, holds: (s: string) => [...s].length >= least };
  const kinds = [/[A-Z]/, /[a-z]/, /[0-9]/];
  if (!p) {
    const three = (s: string) => kinds.filter((k) => k.test(s)).length + (hasSymbol(s) ? 1 : 0) >= 3;
    return [length, { text: `three of uppercase letters, lowercase letters, numbers and symbols (${symbols})`, holds: three }];
  }
  return [
    length,
    ...(p.RequireUppercaseCharacters ? [{ text: 'an uppercase letter', holds: (s: string) => kinds[0].test(s) }] : []),
    ...(p.RequireLowercaseCharacters ? [{ text: 'a lowercase letter', holds: (s: string) => kinds[1].test(s) }] : []),
    ...(p.RequireNumbers ? [{ text: 'a number', holds: (s: string) => kinds[2].test(s) }] : []),
    ...(p.RequireSymbols ? [{ text: `a symbol (${symbols})`, holds: hasSymbol }] : []),
  ];
}

/** passwordError says what a password lacks. */
export function passwordError(password: string, policy: PasswordPolicy | undefined): string | undefined {
  if (!password) return 'Enter a password.';
  if (password.length > 128) return 'A password has at most 128 characters.';
  const lacks = passwordRules(policy).filter((r) => !r.holds(password));
  return lacks.length > 0 ? `The password must have ${lacks.map((r) => r.text).join(', ')}.` : undefined;
}

/** passwordHint says what a password must have; nothing if that is not known. */
export function passwordHint(policy: PasswordPolicy | undefined): string | undefined {
  const rules = passwordRules(policy);
  return rules.length > 0 ? `Must have ${rules.map((r) => r.text).join(', ')}.` : undefined;
}

/** generatePassword is a password that every policy takes: no characters that look alike, all kinds of them. */
export function generatePassword(policy: PasswordPolicy | undefined): string {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789!@#%^*()_+-=';
  const length = Math.max(20, policy?.MinimumPasswordLength ?? 0);
  // The rest of the bytes would make the first characters likelier.
  const fair = 256 - (256 % letters.length);
  for (;;) {
    let password = '';
    while (password.length < length) {
      for (const b of crypto.getRandomValues(new Uint8Array(64))) if (b < fair && password.length < length) password += letters[b % letters.length];
    }
    if (/[A-Z]/.test(password) && /[a-z]/.test(password) && /\d/.test(password) && hasSymbol(password)) return password;
  }
}

/** csv is a file of one row below its header. */
export const csv = (header: readonly string[], row: readonly string[]) => {
  const cell = (s: string) => (/[",\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s);
  return `${header.map(cell).join(',')}\r\n${row.map(cell).join(',')}\r\n`;
};
