// The list of a kind of resource: search, sorting, paging, choice of columns, selection; what it
// shows while it loads, when there is nothing and when nothing matches.
import { useCollection, type PropertyFilterProperty } from '@cloudscape-design/collection-hooks';
import Button from '@cloudscape-design/components/button';
import CollectionPreferences from '@cloudscape-design/components/collection-preferences';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import PropertyFilter, { type PropertyFilterProps } from '@cloudscape-design/components/property-filter';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useMemo, useState, type ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import { Empty } from './Empty';
import { ErrorNote } from './ErrorNote';

export interface Column<T> {
  id: string;
  header: string;
  cell: (item: T) => ReactNode;
  /** value to sort by and to search in; columns without one are neither sorted nor searched */
  value?: (item: T) => string | number | undefined;
  /** hidden until a person chooses it */
  hidden?: boolean;
  width?: number | string;
  /** the column that names the resource */
  isRowHeader?: boolean;
}

interface Props<T> {
  /** what a row is, in the plural: "Customer managed keys" */
  title: string;
  /** one of it: "key" */
  one: string;
  many: string;
  items: readonly T[] | undefined;
  loading?: boolean;
  error?: Error;
  reload?: () => void;
  columns: readonly Column<T>[];
  trackBy: (item: T) => string;
  /** what a row is called where it is selected; trackBy without it */
  named?: (item: T) => string;
  actions?: ReactNode;
  description?: ReactNode;
  info?: ReactNode;
  /** what to do where there is nothing yet */
  empty?: { title?: string; hint?: ReactNode; action?: ReactNode };
  selection?: 'single' | 'multi';
  selected?: readonly T[];
  onSelect?: (items: T[]) => void;
  isItemDisabled?: (item: T) => boolean;
  /** properties to filter by; without them there is one field that searches all columns */
  properties?: readonly PropertyFilterProperty[];
  /** keeps the search in the address, by this name */
  address?: string;
  /** keeps columns and page size of this list, by this name */
  id?: string;
  pageSize?: number;
  sortedBy?: string;
  descending?: boolean;
  variant?: TableProps.Variant;
  headingTag?: 'h1' | 'h2' | 'h3';
  /** shown after the heading; the number of items without it */
  counter?: string;
  /** beside the filter */
  beside?: ReactNode;
  /** the items of the current page, when they change */
  footer?: ReactNode;
  noFilter?: boolean;
}

interface Kept {
  pageSize: number;
  visible?: readonly string[];
  wrap?: boolean;
}

function readKept(id: string | undefined, pageSize: number): Kept {
  if (!id) return { pageSize };
  try {
    return { pageSize, ...(JSON.parse(localStorage.getItem(`keystead.table.${id}`) ?? '{}') as Partial<Kept>) };
  } catch {
    return { pageSize };
  }
}

const words = (n: number, one: string, many: string) => `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`;

export function ResourceTable<T>(props: Props<T>) {
  const { columns, items, one, many, address, properties } = props;
  const [kept, setKept] = useState(() => readKept(props.id, props.pageSize ?? 20));
  const [search, setSearch] = useSearchParams();
  const [own, setOwn] = useState('');
  const text = address ? (search.get(address) ?? '') : own;
  const setText = (value: string) => {
    if (!address) return setOwn(value);
    setSearch((s) => (value ? s.set(address, value) : s.delete(address), s), { replace: true });
  };
  const [query, setQuery] = useState<PropertyFilterProps.Query>(() => readQuery(text));
  const searched = useMemo(() => columns.filter((c) => c.value), [columns]);
  const empty = props.error ? (
    <ErrorNote error={props.error} retry={props.reload} />
  ) : (
    <Empty title={props.empty?.title ?? `No ${many}`} hint={props.empty?.hint} action={props.empty?.action} />
  );
  const clear = () => {
    setText('');
    setQuery(none);
    actions.setFiltering('');
    actions.setPropertyFiltering(none);
  };
  const noMatch = <Empty title="No matches" hint={`No ${many} match the search.`} action={<Button formAction="none" onClick={clear}>Clear filter</Button>} />;
  const definitions: TableProps.ColumnDefinition<T>[] = useMemo(
    () =>
      columns.map((c) => ({
        id: c.id,
        header: c.header,
        cell: c.cell,
        width: c.width,
        minWidth: 90,
        isRowHeader: c.isRowHeader,
        sortingField: c.value ? c.id : undefined,
        sortingComparator: c.value && ((a: T, b: T) => compare(c.value!(a), c.value!(b))),
      })),
    [columns],
  );
  const { items: shown, actions, collectionProps, filterProps, propertyFilterProps, paginationProps, filteredItemsCount } = useCollection(items ?? [], {
    filtering: properties
      ? undefined
      : {
          empty,
          noMatch,
          defaultFilteringText: text,
          filteringFunction: (item, t) => {
            const wanted = t.toLowerCase();
            return !wanted || searched.some((c) => String(c.value!(item) ?? '').toLowerCase().includes(wanted));
          },
        },
    propertyFiltering: properties ? { filteringProperties: properties, empty, noMatch, defaultQuery: query } : undefined,
    pagination: { pageSize: kept.pageSize },
    sorting: {
      defaultState: props.sortedBy ? { sortingColumn: definitions.find((d) => d.id === props.sortedBy)!, isDescending: props.descending } : undefined,
    },
    selection: { trackBy: props.trackBy },
  });
  const visible = kept.visible ?? columns.filter((c) => !c.hidden).map((c) => c.id);
  const keep = (next: Kept) => {
    setKept(next);
    if (props.id) localStorage.setItem(`keystead.table.${props.id}`, JSON.stringify(next));
  };
  const filtered = filteredItemsCount !== undefined && filteredItemsCount !== items?.length ? words(filteredItemsCount, 'match', 'matches') : '';
  return (
    <Table<T>
      {...collectionProps}
      variant={props.variant ?? 'container'}
      items={shown}
      columnDefinitions={definitions}
      columnDisplay={columns.map((c) => ({ id: c.id, visible: visible.includes(c.id) }))}
      loading={props.loading && !items}
      loadingText={`Loading ${many}`}
      trackBy={props.trackBy}
      enableKeyboardNavigation
      wrapLines={kept.wrap}
      selectionType={props.selection}
      selectedItems={props.selection ? (props.selected ?? []).slice() : undefined}
      onSelectionChange={(e) => props.onSelect?.(e.detail.selectedItems)}
      isItemDisabled={props.isItemDisabled}
      empty={filteredItemsCount === 0 && items?.length ? noMatch : empty}
      ariaLabels={{
        tableLabel: props.title,
        selectionGroupLabel: `Select ${many}`,
        allItemsSelectionLabel: () => `Select all ${many}`,
        itemSelectionLabel: (_, item) => `Select ${(props.named ?? props.trackBy)(item)}`,
      }}
      header={
        <Header
          variant={props.headingTag ?? 'h2'}
          counter={props.counter ?? (items ? `(${items.length.toLocaleString('en-US')})` : undefined)}
          description={props.description}
          info={props.info}
          actions={
            <div className="buttons">
              {props.reload && <Button formAction="none" iconName="refresh" ariaLabel={`Refresh ${many}`} loading={props.loading && !!items} onClick={props.reload} />}
              {props.actions}
            </div>
          }
        >
          {props.title}
        </Header>
      }
      filter={
        props.noFilter ? undefined : properties ? (
          <PropertyFilter
            {...propertyFilterProps}
            query={query}
            onChange={(e) => {
              setQuery(e.detail);
              setText(writeQuery(e.detail));
              actions.setPropertyFiltering(e.detail);
            }}
            countText={filtered}
            filteringPlaceholder={`Filter ${many} by property or value`}
            filteringAriaLabel={`Filter ${many}`}
            expandToViewport
            customControl={props.beside}
          />
        ) : (
          <SpaceBetween direction="horizontal" size="s" alignItems="end">
            <TextFilter
              {...filterProps}
              filteringText={filterProps.filteringText}
              onChange={(e) => {
                filterProps.onChange(e);
                setText(e.detail.filteringText);
              }}
              filteringPlaceholder={`Find ${many}`}
              filteringAriaLabel={`Find ${many}`}
              countText={filtered}
            />
            {props.beside}
          </SpaceBetween>
        )
      }
      pagination={
        <Pagination
          {...paginationProps}
          ariaLabels={{ nextPageLabel: 'Next page', previousPageLabel: 'Previous page', pageLabel: (n) => `Page ${n}`, paginationLabel: `Pages of ${many}` }}
        />
      }
      preferences={
        props.id ? (
          <CollectionPreferences
            title="Preferences"
            confirmLabel="Confirm"
            cancelLabel="Cancel"
            preferences={{ pageSize: kept.pageSize, visibleContent: visible, wrapLines: kept.wrap }}
            onConfirm={(e) => keep({ pageSize: e.detail.pageSize ?? kept.pageSize, visible: e.detail.visibleContent, wrap: e.detail.wrapLines })}
            pageSizePreference={{ title: 'Page size', options: [10, 20, 50, 100].map((value) => ({ value, label: `${value} ${many}` })) }}
            wrapLinesPreference={{ label: 'Wrap lines', description: 'Show the whole text of each cell' }}
            visibleContentPreference={{
              title: 'Columns',
              options: [{ label: `Properties of a ${one}`, options: columns.map((c, i) => ({ id: c.id, label: c.header, editable: i > 0 })) }],
            }}
          />
        ) : undefined
      }
      footer={props.footer ?? (props.error && items ? <ErrorNote error={props.error} retry={props.reload} /> : undefined)}
    />
  );
}

function compare(a: string | number | undefined, b: string | number | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'en');
}

const none: PropertyFilterProps.Query = { tokens: [], operation: 'and' };

/** readQuery reads a search by properties from an address. */
export function readQuery(text: string): PropertyFilterProps.Query {
  try {
    const q = JSON.parse(text) as PropertyFilterProps.Query;
    return Array.isArray(q.tokens) ? { tokens: q.tokens, operation: q.operation === 'or' ? 'or' : 'and' } : none;
  } catch {
    return text ? { tokens: [{ operator: ':', value: text }], operation: 'and' } : none;
  }
}

const writeQuery = (q: PropertyFilterProps.Query) => (q.tokens.length === 0 ? '' : JSON.stringify({ tokens: q.tokens, operation: q.operation }));
