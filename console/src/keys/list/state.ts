// What a person chose in a list of keys: the search, order and page are in the address, columns
// and page size are kept by the browser.
import type { PropertyFilterProps } from '@cloudscape-design/components/property-filter';
import { useEffect, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { readQuery } from '../../ui/ResourceTable';
import type { Query, Sort } from './filter';

interface Kept {
  pageSize: number;
  visible: readonly string[];
  wrap: boolean;
}

function read(id: string, visible: readonly string[]): Kept {
  const usual = { pageSize: 20, visible, wrap: false };
  try {
    return { ...usual, ...(JSON.parse(localStorage.getItem(`keystead.table.${id}`) ?? '{}') as Partial<Kept>) };
  } catch {
    return usual;
  }
}

export function useListState(id: string, visible: readonly string[]) {
  const [search, setSearch] = useSearchParams();
  const [kept, setKept] = useState(() => read(id, visible));
  const address = search.get('filter') ?? '';
  // The address follows a moment later. What is searched for next begins with this search, not with the one before.
  const [onItsWay, setOnItsWay] = useState<{ text: string; from: string }>();
  useEffect(() => setOnItsWay(undefined), [address]);
  const text = onItsWay && onItsWay.from === address ? onItsWay.text : address;
  const order = search.get('sort') ?? '';
  const query = useMemo(() => readQuery(text) as Query & PropertyFilterProps.Query, [text]);
  const sort = useMemo<Sort | undefined>(() => (order ? { field: order.replace(/^-/, ''), descending: order.startsWith('-') } : undefined), [order]);
  const change = (to: { query?: PropertyFilterProps.Query; sort?: Sort; page?: number }) => {
    const filter = to.query ? (to.query.tokens.length > 0 ? JSON.stringify({ tokens: to.query.tokens, operation: to.query.operation }) : '') : text;
    setOnItsWay({ text: filter, from: address });
    setSearch(
      (s) => {
        if (filter) s.set('filter', filter);
        else s.delete('filter');
        if (to.sort) s.set('sort', `${to.sort.descending ? '-' : ''}${to.sort.field}`);
        if (to.page && to.page > 1) s.set('page', String(to.page));
        else s.delete('page');
        return s;
      },
      { replace: true },
    );
  };
  const keep = (next: Kept) => {
    setKept(next);
    localStorage.setItem(`keystead.table.${id}`, JSON.stringify(next));
  };
  return { query, sort, page: Math.max(1, Math.trunc(Number(search.get('page') ?? 1)) || 1), kept, change, keep };
}
