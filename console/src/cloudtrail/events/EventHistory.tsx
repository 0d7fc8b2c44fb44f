// The event history: who did what, of the last 90 days.
import { CloudTrailClient, type Event, type LookupAttributeKey } from '@aws-sdk/client-cloudtrail';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import CollectionPreferences from '@cloudscape-design/components/collection-preferences';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useClient } from '../../app/client';
import { useAction, useLoad } from '../../app/load';
import { download } from '../../ui/download';
import { Empty } from '../../ui/Empty';
import { ErrorNote } from '../../ui/ErrorNote';
import { Page } from '../../ui/Page';
import { useRange } from '../../ui/TimeRange';
import { allEvents, asCSV, asJSON, lookupPage, type EventPageOf, type Lookup } from './lookup';
import { columns, usual } from './columns';
import { Filters } from './Filters';

const kept = 'keystead.table.events';

function readVisible(): string[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(kept) ?? '');
    return Array.isArray(list) ? list.filter((v): v is string => typeof v === 'string') : usual;
  } catch {
    return usual;
  }
}

export function EventHistory() {
  const client = useClient(CloudTrailClient);
  const [search, setSearch] = useSearchParams();
  const attribute = (search.get('attribute') ?? 'ReadOnly') as LookupAttributeKey | '';
  const value = search.get('value') ?? (search.has('attribute') ? '' : 'false');
  const range = useRange('1d');
  const [visible, setVisible] = useState(readVisible);
  const [pages, setPages] = useState<EventPageOf[]>([]);
  const [index, setIndex] = useState(0);
  const more = useAction();
  const saving = useAction();
  const lookup = (): Lookup => ({ attribute: attribute || undefined, value, ...range.times() });
  const first = useLoad(
    async (signal) => {
      const query = lookup();
      return { query, ...(await lookupPage(client, query, undefined, signal)) };
    },
    [client, attribute, value, range.key],
  );
  useEffect(() => {
    setPages(first.data ? [first.data] : []);
    setIndex(0);
  }, [first.data]);
  const shown = pages[index];
  const last = pages[pages.length - 1];
  const show = (i: number) => {
    if (i < pages.length) return setIndex(i);
    void more.run(async () => {
      const page = await lookupPage(client, first.data!.query, last.next);
      setPages([...pages, page]);
      setIndex(pages.length);
    });
  };
  const save = (kind: string) =>
    void saving.run(async () => {
      const events = await allEvents(client, lookup());
      if (kind === 'csv') download('event_history.csv', asCSV(events), 'text/csv');
      else download('event_history.json', asJSON(events), 'application/json');
    });
  return (
    <Page title="Event history" description="Management events of the last 90 days in this Region.">
      <Table<Event>
        items={first.error ? [] : (shown?.events ?? [])}
        trackBy={(e) => e.EventId ?? ''}
        columnDefinitions={columns}
        columnDisplay={columns.map((c) => ({ id: c.id!, visible: visible.includes(c.id!) }))}
        loading={(first.loading && !first.data) || more.busy}
        loadingText="Loading events"
        enableKeyboardNavigation
        ariaLabels={{ tableLabel: 'Events' }}
        header={
          <Header
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button iconName="refresh" ariaLabel="Refresh events" loading={first.loading && !!first.data} onClick={first.reload} />
                <ButtonDropdown
                  loading={saving.busy}
                  items={[
                    { id: 'csv', text: 'Download as CSV' },
                    { id: 'json', text: 'Download as JSON' },
                  ]}
                  onItemClick={(e) => save(e.detail.id)}
                >
                  Download events
                </ButtonDropdown>
              </SpaceBetween>
            }
          >
            Events
          </Header>
        }
        filter={
          <Filters
            attribute={attribute}
            value={value}
            range={range}
            onSearch={(a, v) => {
              if (a === attribute && v === value) return first.reload();
              setSearch((s) => (s.set('attribute', a), v ? s.set('value', v) : s.delete('value'), s), { replace: true });
            }}
          />
        }
        pagination={
          <Pagination
            currentPageIndex={index + 1}
            pagesCount={Math.max(pages.length, 1)}
            openEnd={Boolean(last?.next)}
            disabled={more.busy || first.loading}
            onChange={(e) => show(e.detail.currentPageIndex - 1)}
            ariaLabels={{ nextPageLabel: 'Next page', previousPageLabel: 'Previous page', pageLabel: (n) => `Page ${n}`, paginationLabel: 'Pages of events' }}
          />
        }
        preferences={
          <CollectionPreferences
            title="Preferences"
            confirmLabel="Confirm"
            cancelLabel="Cancel"
            preferences={{ visibleContent: visible }}
            visibleContentPreference={{ title: 'Columns', options: [{ label: 'Properties of an event', options: columns.map((c, i) => ({ id: c.id!, label: c.header as string, editable: i > 0 })) }] }}
            onConfirm={(e) => {
              const list = [...(e.detail.visibleContent ?? usual)];
              setVisible(list);
              localStorage.setItem(kept, JSON.stringify(list));
            }}
          />
        }
        empty={
          first.error ? <ErrorNote error={first.error} retry={first.reload} /> : <Empty title="No events" hint="No events of this time match. Choose another filter or a longer time range. An event appears within seconds of the call." />
        }
        footer={more.error || saving.error ? <ErrorNote error={more.error ?? saving.error} /> : undefined}
      />
    </Page>
  );
}
