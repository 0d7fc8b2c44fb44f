// The form of the wizard that creates a key: what it holds, what is wrong with it, and the calls
// it comes to.
import type { CreateKeyCommandInput } from '@aws-sdk/client-kms';
import { tagsValid, type Tag } from '../../ui/Tags';
import { aliasError } from '../aliases';
import { accountsValid } from '../accounts';
import { asSpec, asUsage, importable, specs } from '../describe';
import { makePolicy, policyText, type Kind } from '../policy';
import { policyError, policyLimit } from '../policy-check';

export type KeyType = 'Symmetric' | 'Asymmetric';
export type Origin = 'AWS_KMS' | 'EXTERNAL' | 'AWS_CLOUDHSM' | 'EXTERNAL_KEY_STORE';

export interface Form {
  type: KeyType;
  usage: string;
  spec: string;
  origin: Origin;
  multiRegion: boolean;
  /** said to the warning of an origin */
  understood: boolean;
  store: string;
  xksKey: string;
  alias: string;
  description: string;
  tags: readonly Tag[];
  administrators: readonly string[];
  deletion: boolean;
  users: readonly string[];
  accounts: readonly string[];
  /** policy is the policy's text if a person changed it; else it follows from the choices */
  policy?: string;
  bypass: boolean;
}

export const usual: Form = {
  type: 'Symmetric',
  usage: 'ENCRYPT_DECRYPT',
  spec: 'SYMMETRIC_DEFAULT',
  origin: 'AWS_KMS',
  multiRegion: false,
  understood: false,
  store: '',
  xksKey: '',
  alias: '',
  description: '',
  tags: [],
  administrators: [],
  deletion: true,
  users: [],
  accounts: [],
  bypass: false,
};

/** usualUsage is what a type is created for when nothing else is chosen. */
const usualUsage: Record<KeyType, string> = { Symmetric: 'ENCRYPT_DECRYPT', Asymmetric: 'ENCRYPT_DECRYPT' };

export const inStore = (origin: string) => origin === 'AWS_CLOUDHSM' || origin === 'EXTERNAL_KEY_STORE';

/** originError says why a key of this spec cannot have an origin. */
export function originError(spec: string, origin: Origin): string | undefined {
  if (origin === 'EXTERNAL' && !importable(spec)) return `Key material of ${spec} can’t be imported.`;
  if (inStore(origin) && spec !== 'SYMMETRIC_DEFAULT') return 'Custom key stores have symmetric encryption keys only.';
  return undefined;
}

/** choose changes the form and what depends on the change. */
export function choose(form: Form, change: Partial<Form>): Form {
  let next = { ...form, ...change };
  if (change.type && change.type !== form.type) next.usage = usualUsage[change.type];
  if (!(specs[next.type][next.usage] ?? []).includes(next.spec)) next.spec = specs[next.type][next.usage][0];
  if (originError(next.spec, next.origin)) next = { ...next, origin: 'AWS_KMS' };
  if (next.origin !== form.origin) next = { ...next, understood: false, store: '', xksKey: '' };
  if (inStore(next.origin)) next.multiRegion = false;
  return next;
}

export const kindOf = (f: Form): Kind => ({ spec: f.spec, usage: f.usage, origin: f.origin, multiRegion: f.multiRegion });

export const usualPolicy = (f: Form, account: string) => policyText(makePolicy(account, kindOf(f), f));

export type Errors = Partial<Record<'understood' | 'store' | 'xksKey' | 'alias' | 'description' | 'tags' | 'accounts' | 'policy', string>>;

/** errorsOf says what is wrong in a step, by field. */
export function errorsOf(f: Form, step: number, account: string): Errors {
  const errors: Errors = {};
  const say = (field: keyof Errors, text: string | undefined | false) => {
    if (text) errors[field] = text;
  };
  switch (step) {
    case 0:
      say('understood', f.origin === 'EXTERNAL' && !f.understood && 'Select the checkbox to go on.');
      say('store', inStore(f.origin) && !f.store && 'Choose a custom key store.');
      if (f.origin === 'EXTERNAL_KEY_STORE') say('xksKey', xksKeyError(f.xksKey));
      break;
    case 1:
      say('alias', aliasError(f.alias));
      say('description', f.description.length > 8192 && 'A description has at most 8192 characters.');
      say('tags', !tagsValid(f.tags) && 'Correct the tags.');
      break;
    case 3:
      say('accounts', !accountsValid(f.accounts, account) && 'Correct the account IDs.');
      break;
    case 4: {
      const text = f.policy ?? usualPolicy(f, account);
      say('policy', notJson(text) ?? policyError(text) ?? (new Blob([text]).size > policyLimit && `A key policy has at most ${policyLimit} bytes.`));
      break;
    }
  }
  return errors;
}

function notJson(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return 'Correct the JSON.';
  }
}

function xksKeyError(id: string): string | undefined {
  if (id === '') return 'Enter the ID of the external key.';
  return /^[a-zA-Z0-9\-_.]{1,128}$/.test(id) ? undefined : 'The ID has 1 to 128 letters, numbers, dashes, underscores and periods.';
}

/** inputOf is the call that creates the key. */
export const inputOf = (f: Form, account: string): CreateKeyCommandInput => ({
  KeySpec: asSpec(f.spec),
  KeyUsage: asUsage(f.usage),
  Origin: f.origin,
  Description: f.description || undefined,
  MultiRegion: f.multiRegion || undefined,
  CustomKeyStoreId: inStore(f.origin) ? f.store : undefined,
  XksKeyId: f.origin === 'EXTERNAL_KEY_STORE' ? f.xksKey : undefined,
  Tags: f.tags.length > 0 ? f.tags.map((t) => ({ TagKey: t.key, TagValue: t.value })) : undefined,
  Policy: f.policy ?? usualPolicy(f, account),
  BypassPolicyLockoutSafetyCheck: f.bypass || undefined,
});
