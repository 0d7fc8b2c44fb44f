// The metrics to choose from: namespaces, in them the groups of the same dimensions, in these
// the metrics with boxes to tick.
import Box from '@cloudscape-design/components/box';
import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useMemo } from 'react';
import { freeId, type GraphQuery } from '../../graph';
import { Empty } from '../../ui/Empty';
import { ErrorNote } from '../../ui/ErrorNote';
import { Loading } from '../../ui/Field';
import { ResourceTable, type Column } from '../../ui/ResourceTable';
import { counted, groupName, groupOf, keyOf, matching, type Found } from './catalogue';
import { useMetrics } from './useMetrics';
import '../cloudwatch.css';

/** Where somebody is in the catalogue. */
export interface Place {
  namespace?: string;
  group?: string;
  search: string;
}

interface Props {
  place: Place;
  onPlace: (place: Place) => void;
  queries: readonly GraphQuery[];
  onQueries: (queries: GraphQuery[]) => void;
}

const keyOfQuery = (q: GraphQuery) => (q.metric === undefined ? undefined : keyOf(q.namespace, q.metric, q.dimensions));

export function Browse({ place, onPlace, queries, onQueries }: Props) {
  const { metrics, error, loading, data, reload } = useMetrics();
  const { namespace, group, search } = place;
  const found = useMemo(() => matching(metrics, search), [metrics, search]);
  const inNamespace = useMemo(() => found.filter((m) => m.namespace === namespace), [found, namespace]);
  const shown = useMemo(() => inNamespace.filter((m) => groupOf(m) === group), [inNamespace, group]);
  const add = (m: Found, to: readonly GraphQuery[]): GraphQuery => ({
    id: freeId(to, 'm'),
    namespace: m.namespace,
    metric: m.name,
    dimensions: Object.keys(m.dimensions).length ? m.dimensions : undefined,
  });
  const choose = (chosen: readonly Found[]) => {
    const wanted = new Set(chosen.map((m) => m.key));
    const here = new Set(shown.map((m) => m.key));
    const next = queries.filter((q) => {
      const key = keyOfQuery(q);
      return !key || !here.has(key) || wanted.has(key);
    });
    const there = new Set(next.map(keyOfQuery));
    for (const m of chosen) if (!there.has(m.key)) next.push(add(m, next));
    onQueries(next);
  };
  const searchExpression = () => {
    const id = freeId(queries, 'e');
    const terms = search.split(/\s+/).filter(Boolean).map((w) => `"${w.replace(/["'\\]/g, ' ').trim()}"`).join(' ');
    const schema = group !== undefined && namespace ? `{${[namespace, ...(group ? group.split(', ') : [])].map((p) => (/^[\w]+$/.test(p) ? p : `"${p}"`)).join(',')}} ` : namespace ? `Namespace="${namespace}" ` : '';
    onQueries([...queries, { id, expression: `SEARCH('${`${schema}${terms}`.trim().replaceAll("'", '')}', 'Average')` }]);
  };
  const keys = new Set(queries.map(keyOfQuery));
  const crumbs = [
    { text: 'All', href: '#all' },
    ...(namespace === undefined ? [] : [{ text: namespace, href: '#namespace' }]),
    ...(group === undefined ? [] : [{ text: groupName(group), href: '#group' }]),
  ];
  const cards =
    namespace === undefined
      ? counted(found, (m) => m.namespace).map((c) => ({ ...c, text: c.value, to: { search, namespace: c.value } }))
      : counted(inNamespace, groupOf).map((c) => ({ ...c, text: groupName(c.value), to: { search, namespace, group: c.value } }));
  const none = search ? (
    <Empty title="No matches" hint="No metrics match the search." action={<Button onClick={() => onPlace({ ...place, search: '' })}>Clear search</Button>} />
  ) : (
    <Empty title="No metrics" hint="Metrics appear here once the service has counted something: use a key, or connect a key store." action={<Button onClick={reload}>Refresh</Button>} />
  );
  return (
    <SpaceBetween size="s">
      <BreadcrumbGroup
        ariaLabel="Place among the metrics"
        items={crumbs}
        onFollow={(e) => {
          e.preventDefault();
          onPlace({ search, ...(e.detail.href !== '#all' && { namespace }), ...(e.detail.href === '#group' && { group }) });
        }}
      />
      {loading && data === undefined && metrics.length > 0 && <StatusIndicator type="loading">{metrics.length.toLocaleString('en-US')} metrics so far</StatusIndicator>}
      <SpaceBetween direction="horizontal" size="xs">
        <div className="metric-search">
          <TextFilter
            filteringText={search}
            filteringPlaceholder="Search for any metric, dimension or resource id"
            filteringAriaLabel="Search metrics"
            countText={search ? `${found.length.toLocaleString('en-US')} ${found.length === 1 ? 'match' : 'matches'}` : undefined}
            onChange={(e) => onPlace({ ...place, search: e.detail.filteringText })}
          />
        </div>
        <Button onClick={searchExpression} disabled={!search.trim() && namespace === undefined}>
          Graph search
        </Button>
        <Button iconName="refresh" ariaLabel="Refresh metrics" loading={loading && data !== undefined} onClick={reload} />
      </SpaceBetween>
      <ErrorNote error={error} retry={reload} header="The metrics could not be read" />
      {loading && metrics.length === 0 && <Loading />}
      {data && cards.length === 0 && none}
      {group === undefined ? (
        <ul className="metric-cards" aria-label={namespace === undefined ? 'Namespaces' : 'Dimensions'}>
          {cards.map((c) => (
            <li key={c.value}>
              <Link fontSize="heading-s" href="#" onFollow={(e) => (e.preventDefault(), onPlace(c.to))}>
                {c.text}
              </Link>{' '}
              <Box display="inline" color="text-body-secondary">
                {c.count.toLocaleString('en-US')}
              </Box>
            </li>
          ))}
        </ul>
      ) : (
        <ResourceTable<Found>
          key={`${namespace} ${group}`}
          title={`${namespace} > ${groupName(group)}`}
          headingTag="h3"
          one="metric"
          many="metrics"
          variant="embedded"
          items={shown}
          columns={columnsOf(group)}
          trackBy={(m) => m.key}
          noFilter
          pageSize={50}
          sortedBy="name"
          selection="multi"
          selected={shown.filter((m) => keys.has(m.key))}
          onSelect={choose}
        />
      )}
    </SpaceBetween>
  );
}

function columnsOf(group: string): Column<Found>[] {
  const dimensions = group ? group.split(', ') : [];
  return [
    ...dimensions.map((d): Column<Found> => ({ id: `d/${d}`, header: d, cell: (m) => m.dimensions[d], value: (m) => m.dimensions[d] })),
    { id: 'name', header: 'Metric name', cell: (m) => m.name, value: (m) => m.name, isRowHeader: true },
  ];
}
