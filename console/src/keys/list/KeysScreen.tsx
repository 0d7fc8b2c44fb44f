// The lists of customer managed keys and of AWS managed keys.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import CollectionPreferences from '@cloudscape-design/components/collection-preferences';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import { useEffect, useMemo, useState } from 'react';
import { useGo } from '../../app/region';
import { Empty } from '../../ui/Empty';
import { ErrorNote } from '../../ui/ErrorNote';
import { Page } from '../../ui/Page';
import { KeyActions } from '../actions/KeyActions';
import { definitions, usual } from './columns';
import type { KeyRow } from './filter';
import type { KeyList } from './key-list';
import { Search } from './Search';
import { useKeyList } from './source';
import { useListState } from './state';

const number = (n: number) => n.toLocaleString('en-US');

export default function KeysScreen({ managed }: { managed: boolean }) {
  const go = useGo();
  const title = managed ? 'AWS managed keys' : 'Customer managed keys';
  const { query, sort, page, kept, change, keep } = useListState(managed ? 'aws-managed-keys' : 'keys', usual(managed));
  const [turn, setTurn] = useState(0);
  const list = useKeyList(managed, turn);
  useEffect(() => list.show(query, sort), [list, query, sort]);
  const [selected, setSelected] = useState<readonly KeyRow[]>([]);
  const pages = Math.max(1, Math.ceil(list.shown.length / kept.pageSize));
  const current = Math.min(page, pages);
  const rows = list.shown.slice((current - 1) * kept.pageSize, current * kept.pageSize);
  const ids = rows.map((r) => r.id).join(' ');
  const tags = kept.visible.includes('tags');
  useEffect(() => list.lookAt(rows, tags), [list, ids, tags]);
  const named = list.aliasError === undefined;
  const columns = useMemo(() => definitions(managed, named), [managed, named]);
  const searching = query.tokens.length > 0;
  const reload = () => {
    setSelected([]);
    setTurn(turn + 1);
  };
  const create = (
    <Button variant="primary" onClick={() => go('/kms/keys/create')}>
      Create key
    </Button>
  );
  const empty = list.error ? (
    <ErrorNote error={list.error} retry={reload} />
  ) : searching ? (
    <Empty
      title={list.toAsk > 0 ? 'No matches so far' : 'No matches'}
      hint={list.toAsk > 0 ? undefined : 'No keys match the search.'}
      action={<Button onClick={() => change({ query: { tokens: [], operation: 'and' } })}>Clear filter</Button>}
    />
  ) : managed ? (
    <Empty title="No AWS managed keys" hint="AWS managed keys are created when a service first uses one in your account." />
  ) : (
    <Empty title="No customer managed keys" hint="Create a key to encrypt, sign or authenticate data with." action={<Button onClick={() => go('/kms/keys/create')}>Create key</Button>} />
  );
  return (
    <Page title={title}>
      {list.aliasError && !list.error && <ErrorNote error={list.aliasError} header="The aliases could not be listed" />}
      <Table<KeyRow>
        items={rows}
        columnDefinitions={columns}
        columnDisplay={columns.map((c) => ({ id: c.id, visible: kept.visible.includes(c.id) }))}
        trackBy="id"
        loading={rows.length === 0 && (list.loading || !list.settled)}
        loadingText="Loading keys"
        empty={empty}
        enableKeyboardNavigation
        wrapLines={kept.wrap}
        resizableColumns
        stickyHeader
        sortingColumn={sort && { sortingField: sort.field }}
        sortingDescending={sort?.descending}
        onSortingChange={(e) => change({ sort: { field: e.detail.sortingColumn.sortingField!, descending: !!e.detail.isDescending } })}
        selectionType={managed ? undefined : 'multi'}
        selectedItems={managed ? undefined : [...selected]}
        onSelectionChange={(e) => setSelected(e.detail.selectedItems)}
        ariaLabels={{
          tableLabel: title,
          selectionGroupLabel: 'Select keys',
          allItemsSelectionLabel: () => 'Select all keys of this page',
          itemSelectionLabel: (_, r) => `Select ${r.id}`,
        }}
        header={
          <Header
            variant="h2"
            counter={list.settled ? `(${selected.length > 0 ? `${number(selected.length)}/` : ''}${number(list.total)}${list.loading ? '+' : ''})` : undefined}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button iconName="refresh" ariaLabel="Refresh keys" onClick={reload} />
                {!managed && <KeyActions keys={selected} onDone={(changed) => list.again(changed)} />}
                {!managed && create}
              </SpaceBetween>
            }
          >
            {title}
          </Header>
        }
        filter={
          <Search query={query} onChange={(q) => change({ query: q })} managed={managed} countText={searching && list.settled ? `${number(list.shown.length)} ${list.shown.length === 1 ? 'match' : 'matches'}` : ''} />
        }
        pagination={
          <Pagination
            currentPageIndex={current}
            pagesCount={pages}
            onChange={(e) => change({ page: e.detail.currentPageIndex })}
            ariaLabels={{ nextPageLabel: 'Next page', previousPageLabel: 'Previous page', pageLabel: (n) => `Page ${n}`, paginationLabel: 'Pages of keys' }}
          />
        }
        preferences={
          <CollectionPreferences
            title="Preferences"
            confirmLabel="Confirm"
            cancelLabel="Cancel"
            preferences={{ pageSize: kept.pageSize, visibleContent: kept.visible, wrapLines: kept.wrap }}
            onConfirm={(e) => keep({ pageSize: e.detail.pageSize ?? kept.pageSize, visible: e.detail.visibleContent ?? kept.visible, wrap: !!e.detail.wrapLines })}
            pageSizePreference={{ title: 'Page size', options: [10, 20, 50, 100].map((value) => ({ value, label: `${value} keys` })) }}
            wrapLinesPreference={{ label: 'Wrap lines', description: 'Show the whole text of each cell' }}
            visibleContentPreference={{ title: 'Columns', options: [{ label: 'Properties of a key', options: columns.map((c) => ({ id: c.id, label: c.header, editable: c.id !== 'id' })) }] }}
          />
        }
        footer={<Progress list={list} asking={query.tokens.some((t) => !ofEvery.has(t.propertyKey))} />}
      />
    </Page>
  );
}

/** ofEvery are the properties that are known of every key that is listed. */
const ofEvery = new Set<string | undefined>([undefined, 'alias', 'id']);

/** Progress says what is still being asked for, and lets a person stop it; and what could not be searched. */
function Progress({ list, asking }: { list: KeyList; asking: boolean }) {
  if (list.error && list.shown.length > 0) return <ErrorNote error={list.error} header="Not all keys could be listed" />;
  if (list.loading) return <StatusIndicator type="loading">Loading keys: {number(list.total)} so far</StatusIndicator>;
  if (list.toAsk === 0) {
    const n = list.unread.size;
    return asking && n > 0 ? <StatusIndicator type="warning">It is not known whether {n === 1 ? '1 key matches' : `${number(n)} keys match`}: you can’t read all of {n === 1 ? 'its' : 'their'} properties.</StatusIndicator> : null;
  }
  if (list.stopped) {
    return (
      <Alert type="warning" action={<Button onClick={() => list.resume()}>Continue</Button>}>
        The list is not complete: {number(list.toAsk)} keys have not been looked at.
      </Alert>
    );
  }
  return (
    <SpaceBetween direction="horizontal" size="s" alignItems="center">
      <StatusIndicator type="loading">Loading the details of keys: {number(list.toAsk)} to go</StatusIndicator>
      <Button onClick={() => list.stop()}>Stop</Button>
    </SpaceBetween>
  );
}
