// What can be done with one graph.
import ButtonDropdown, { type ButtonDropdownProps } from '@cloudscape-design/components/button-dropdown';
import { useGo, usePath } from '../app/region';
import type { Range } from './range/range.ts';
import { alarmPath, metricsPath, type AlarmDraft } from './spec/address.ts';
import { isExpression, type GraphSpec } from './spec/graph.ts';

export interface GraphMenuItem {
  id: string;
  text: string;
  onClick: () => void;
}

interface Props {
  spec: GraphSpec;
  range: Range;
  alarm?: AlarmDraft;
  /** what an alarm watches, where it is not the graph itself */
  alarmSpec?: GraphSpec;
  items?: readonly GraphMenuItem[];
  asTable: boolean;
  setAsTable: (on: boolean) => void;
  enlarge?: () => void;
  addToDashboard: () => void;
  refresh: () => void;
}

/** An alarm watches one line: where a graph shows several, the wizard asks which one. */
const hasMetric = (spec: GraphSpec) => spec.queries.some((q) => q.metric !== undefined || isExpression(q));

export function GraphMenu({ spec, range, alarm, alarmSpec, items = [], asTable, setAsTable, enlarge, addToDashboard, refresh }: Props) {
  const go = useGo();
  const path = usePath();
  const metrics = metricsPath(spec, range);
  const create = alarmPath(alarmSpec ?? spec, alarm);
  const entries: (ButtonDropdownProps.Item & { run?: () => void })[] = [
    ...(enlarge ? [{ id: 'enlarge', text: 'Enlarge', run: enlarge }] : []),
    { id: 'refresh', text: 'Refresh', run: refresh },
    { id: 'metrics', text: 'View in metrics', href: path(metrics), run: () => go(metrics) },
    { id: 'table', text: asTable ? 'View as graph' : 'View as table', run: () => setAsTable(!asTable) },
    { id: 'dashboard', text: 'Add to dashboard', run: addToDashboard },
    ...(hasMetric(spec) ? [{ id: 'alarm', text: 'Create alarm', href: path(create), run: () => go(create) }] : []),
    ...items.map((i) => ({ id: `own-${i.id}`, text: i.text, run: i.onClick })),
  ];
  return (
    <ButtonDropdown
      variant="icon"
      ariaLabel={`Graph actions for ${spec.title ?? 'Graph'}`}
      expandToViewport
      items={entries.map(({ run: _, ...item }) => item)}
      onItemFollow={(e) => e.preventDefault()}
      onItemClick={(e) => entries.find((i) => i.id === e.detail.id)?.run?.()}
    />
  );
}
