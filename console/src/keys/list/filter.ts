// The search in a list of keys. What is asked of a key may not be known yet: then the answer says
// what has to be loaded before it can be given.
import type { KeyMetadata, Tag } from '@aws-sdk/client-kms';
import { allSpecs, keyType, originNames, originText, regionality, states, stateText, usageNames, usageText } from '../describe.ts';

/** KeyRow is one key of a list with what is known of it so far. */
export interface KeyRow {
  readonly id: string;
  readonly arn: string;
  readonly aliases: string[];
  metadata?: KeyMetadata;
  /** error says why the key could not be described */
  error?: Error;
  tags?: Tag[];
  tagsError?: Error;
}

/** A verdict: the row matches, or does not, or what is missing before that can be said. */
export const yes = 0;
export const no = -1;
export const needsMetadata = 1;
export const needsTags = 2;

export interface Token {
  propertyKey?: string;
  operator: string;
  value: string;
}

export interface Query {
  tokens: readonly Token[];
  operation: 'and' | 'or';
}

type FromMetadata = (m: KeyMetadata) => string | undefined;

/** texts are a key's properties in the words of the list, by the name of their column. */
export const texts: Readonly<Record<string, FromMetadata>> = {
  status: (m) => stateText(m.KeyState),
  type: (m) => keyType(m.KeySpec),
  spec: (m) => m.KeySpec,
  usage: (m) => usageText(m.KeyUsage),
  origin: (m) => originText(m.Origin),
  regionality: (m) => regionality(m),
  store: (m) => m.CustomKeyStoreId,
  description: (m) => m.Description,
};

/** choices are the values that properties have. */
export const choices: Readonly<Record<string, readonly string[]>> = {
  status: Object.values(states).map((s) => s.text),
  type: ['Symmetric', 'Asymmetric'],
  spec: allSpecs,
  usage: Object.values(usageNames),
  origin: Object.values(originNames),
  regionality: ['Single Region', 'Multi-Region primary', 'Multi-Region replica'],
};

function compare(operator: string, value: string | undefined, wanted: string): boolean {
  const v = (value ?? '').toLowerCase();
  switch (operator) {
    case '=':
      return v === wanted;
    case '!=':
      return v !== wanted;
    case '!:':
      return !v.includes(wanted);
    case '^':
      return v.startsWith(wanted);
    default:
      return v.includes(wanted);
  }
}

const negative = (operator: string) => operator.startsWith('!');

/** among compares with several values: one that fits is enough, and none may fit if it is negated. */
const among = (operator: string, values: readonly string[], wanted: string) =>
  negative(operator) ? values.every((v) => compare(operator, v, wanted)) : values.some((v) => compare(operator, v, wanted));

type Judge = (row: KeyRow) => number;

function judge({ propertyKey, operator, value }: Token): Judge {
  const wanted = value.toLowerCase();
  const said = (b: boolean) => (b ? yes : no);
  switch (propertyKey) {
    case undefined:
      return (r) => said(among(operator, [r.id, ...r.aliases], wanted));
    case 'alias':
      return (r) => said(among(operator, r.aliases.flatMap((a) => [a, a.slice('alias/'.length)]), wanted));
    case 'id':
      return (r) => said(compare(operator, r.id, wanted) || (!negative(operator) && compare(operator, r.arn, wanted)));
    case 'tagKey':
    case 'tagValue':
      return (r) => {
        if (!r.tags) return r.tagsError ? no : needsTags;
        return said(among(operator, r.tags.map((t) => (propertyKey === 'tagKey' ? t.TagKey : t.TagValue) ?? ''), wanted));
      };
    default: {
      const text = texts[propertyKey];
      if (!text) return () => no;
      return (r) => {
        if (!r.metadata) return r.error ? no : needsMetadata;
        return said(compare(operator, text(r.metadata), wanted));
      };
    }
  }
}

/** compile makes a search that judges rows. What can be said without loading is looked at first. */
export function compile(query: Query): Judge {
  const judges = query.tokens.map(judge);
  if (judges.length === 0) return () => yes;
  if (query.operation === 'or') {
    return (row) => {
      let needs = 0;
      for (const j of judges) {
        const v = j(row);
        if (v === yes) return yes;
        if (v > 0) needs |= v;
      }
      return needs || no;
    };
  }
  return (row) => {
    let needs = 0;
    for (const j of judges) {
      const v = j(row);
      if (v === no) return no;
      needs |= v;
    }
    return needs;
  };
}

export interface Sort {
  field: string;
  descending: boolean;
}

/** sortKey is what rows are sorted by; undefined if it is not known. */
export function sortKey(row: KeyRow, field: string): string | number | undefined {
  if (field === 'alias') return row.aliases[0]?.toLowerCase();
  if (field === 'id') return row.id;
  if (!row.metadata) return undefined;
  if (field === 'created') return row.metadata.CreationDate?.getTime();
  return texts[field]?.(row.metadata);
}

/** sortNeeds says what has to be loaded of a row before it has its place. */
export const sortNeeds = (row: KeyRow, field: string) => (field === 'alias' || field === 'id' || row.metadata || row.error ? 0 : needsMetadata);
