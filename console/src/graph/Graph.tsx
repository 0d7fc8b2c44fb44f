// One graph: title, menu, picture, legend. It loads what it shows.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from 'react';
import { useDark } from '../app/preferences';
import { ErrorNote } from '../ui/ErrorNote';
import { AddToDashboard } from './AddToDashboard';
import { colorOf } from './chart/colors.ts';
import type { ChartHandle } from './chart/Chart';
import { isEmpty } from './data/lines.ts';
import { useAnswer } from './data/useAnswer';
import { EnlargedGraph } from './EnlargedGraph';
import './graph.css';
import { GraphMenu, type GraphMenuItem } from './GraphMenu';
import { Legend } from './Legend';
import { LinesTable } from './LinesTable';
import { Numbers } from './Numbers';
import { useGraphControls, type GraphControls } from './range/controls';
import { periodText } from './range/period.ts';
import { nameOf } from './range/range.ts';
import type { AlarmDraft } from './spec/address.ts';
import type { GraphSpec } from './spec/graph.ts';

const Chart = lazy(() => import('./chart/Chart'));

export interface GraphProps {
  spec: GraphSpec;
  /** range and all that is around the graph; its own three hours if they are missing */
  controls?: GraphControls;
  /** pixels of the picture */
  height?: number;
  /** pixels of picture and list of lines together, in place of height: the picture has what the list leaves */
  within?: number;
  heading?: 'h2' | 'h3' | 'none';
  /** what "Create alarm" fills in, such as the recommended threshold */
  alarm?: AlarmDraft;
  /** what an alarm watches, where it is not the graph itself: a ratio's errors, the worst of several lines */
  alarmSpec?: GraphSpec;
  /** more entries of the menu, such as those of a dashboard's widget */
  items?: readonly GraphMenuItem[];
  /** false where a graph has no menu, such as in a wizard */
  menu?: boolean;
  /** true in the enlarged view, which can't be enlarged */
  enlarged?: boolean;
}

export function Graph({ spec, controls: around, height: picture = 220, within, heading = 'h3', alarm, alarmSpec, items, menu = true, enlarged = false }: GraphProps) {
  const own = useGraphControls();
  const controls = around ?? own;
  const { answer, error, loading, reload } = useAnswer(spec, controls);
  const dark = useDark();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [zoomed, setZoomed] = useState(false);
  const [asTable, setAsTable] = useState(false);
  const [open, setOpen] = useState<'enlarge' | 'dashboard'>();
  const chart = useRef<ChartHandle>(null);
  const [legend, setLegend] = useState(0);
  const measure = useCallback((list: HTMLElement | null) => {
    if (!list) return;
    const sizes = new ResizeObserver(() => setLegend(list.offsetHeight + 8));
    sizes.observe(list);
    return () => sizes.disconnect();
  }, []);
  const height = within === undefined ? picture : Math.max(60, within - legend);
  const title = spec.title ?? 'Graph';
  const lines = useMemo(() => answer?.lines.map((l, i) => ({ ...l, color: l.query.color ?? colorOf(i) })) ?? [], [answer]);
  const visible = useMemo(() => lines.filter((l) => !hidden.has(l.key)), [lines, hidden]);
  const toggle = (key: string) => setHidden((h) => new Set(h.has(key) ? [...h].filter((k) => k !== key) : [...h, key]));
  const empty = answer !== undefined && isEmpty(answer.lines);
  const wanted = controls.period ?? spec.period;
  const coarser = answer && wanted !== undefined && answer.lines.some((l) => l.period > wanted && l.query.period === undefined);

  const tools = (
    <SpaceBetween direction="horizontal" size="xxs">
      {loading && answer && <Spinner />}
      {zoomed && !asTable && <Button variant="icon" iconName="zoom-out" ariaLabel={`Reset zoom of ${title}`} onClick={() => chart.current?.resetZoom()} />}
      {menu && !enlarged && (
        <span className="graph-hover">
          <Button variant="icon" iconName="expand" ariaLabel={`Enlarge ${title}`} onClick={() => setOpen('enlarge')} />
        </span>
      )}
      {menu && (
        <GraphMenu
          spec={spec}
          range={controls.range}
          alarm={alarm}
          alarmSpec={alarmSpec}
          items={items}
          asTable={asTable}
          setAsTable={setAsTable}
          enlarge={enlarged ? undefined : () => setOpen('enlarge')}
          addToDashboard={() => setOpen('dashboard')}
          refresh={reload}
        />
      )}
    </SpaceBetween>
  );

  return (
    <section className="graph" aria-label={title}>
      {heading === 'none' ? (
        <div className="graph-tools">{tools}</div>
      ) : (
        <Header variant={heading} actions={tools}>
          <span style={{ overflowWrap: 'anywhere' }}>{title}</span>
        </Header>
      )}
      <ErrorNote error={error} retry={reload} />
      <div className="graph-body" aria-busy={loading} style={{ minHeight: error && !answer ? undefined : height }}>
        {!answer && loading && (
          <div className="graph-over" role="status" aria-label={`Loading ${title}`}>
            <Spinner size="large" />
          </div>
        )}
        {answer && asTable && (
          <div className="graph-table" style={{ maxHeight: Math.max(height, 320) }} tabIndex={0} role="region" aria-label={`Table of ${title}`}>
            <LinesTable lines={visible} zone={controls.zone} unit={spec.unit} label={title} />
          </div>
        )}
        {answer && !asTable && spec.view === 'number' && !empty && <Numbers lines={visible} unit={spec.unit} height={height} />}
        {answer && !asTable && (spec.view !== 'number' || empty) && (
          <Suspense fallback={<div style={{ height }} />}>
            <Chart
              spec={spec}
              lines={visible}
              from={answer.from}
              to={answer.to}
              zone={controls.zone}
              dark={dark}
              height={height}
              label={describe(title, controls)}
              onZoom={setZoomed}
              handle={chart}
            />
          </Suspense>
        )}
        {empty && !asTable && (
          <div className="graph-over" role="status">
            <Box color="text-body-secondary">No data available</Box>
          </div>
        )}
      </div>
      {answer && spec.view !== 'number' && <Legend ref={measure} rows={within && Math.max(1, Math.floor(within / 50))} lines={lines} hidden={hidden} toggle={toggle} label={title} />}
      {coarser && <Box variant="small">Period: {periodText(Math.max(...answer.lines.map((l) => l.period)))}. Older values are kept at no finer one.</Box>}
      {answer?.messages.map((m) => (
        <Box key={m} variant="small" display="block">
          {m}
        </Box>
      ))}
      {open === 'enlarge' && <EnlargedGraph spec={spec} range={controls.range} zone={controls.zone} alarm={alarm} alarmSpec={alarmSpec} onClose={() => setOpen(undefined)} />}
      {open === 'dashboard' && <AddToDashboard specs={[spec]} onClose={() => setOpen(undefined)} />}
    </section>
  );
}

const describe = (title: string, { range }: GraphControls) =>
  'relative' in range ? `${title}, last ${nameOf(range.relative)}` : `${title}, ${range.from.toISOString()} to ${range.to.toISOString()}`;
