// A graph with what it is made of: the metrics to choose from, its lines, its look, its source.
// The explorer is one, and so are the dialogs that choose the metric of an alarm or a widget.
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { Graph, GraphRange, type GraphControls, type GraphQuery, type GraphSpec } from '../../graph';
import { Empty } from '../../ui/Empty';
import { Browse, type Place } from './Browse';
import { GraphedMetrics } from './GraphedMetrics';
import { GraphOptions } from './GraphOptions';
import { GraphSource } from './GraphSource';

export type EditorTab = 'browse' | 'graphed' | 'options' | 'source';

interface Props {
  spec: GraphSpec;
  onChange: (spec: GraphSpec) => void;
  controls: GraphControls;
  /** where somebody is in Browse; kept here if it is not kept outside */
  place?: Place;
  onPlace?: (place: Place) => void;
  tab?: EditorTab;
  onTab?: (tab: EditorTab) => void;
  onAlarm?: (q: GraphQuery) => void;
  /** those of a dialog that chooses a metric only */
  tabs?: readonly EditorTab[];
  height?: number;
}

const all: readonly EditorTab[] = ['browse', 'graphed', 'options', 'source'];

export function GraphEditor({ spec, onChange, controls, tabs = all, onAlarm, height = 260, ...props }: Props) {
  const [ownTab, setOwnTab] = useState<EditorTab>('browse');
  const [ownPlace, setOwnPlace] = useState<Place>({ search: '' });
  const place = props.place ?? ownPlace;
  const tab = props.tab ?? ownTab;
  const labels = { browse: 'Browse', graphed: `Graphed metrics (${spec.queries.length})`, options: 'Options', source: 'Source' };
  const content = {
    browse: () => <Browse place={place} onPlace={props.onPlace ?? setOwnPlace} queries={spec.queries} onQueries={(queries) => onChange({ ...spec, queries })} />,
    graphed: () => <GraphedMetrics spec={spec} onChange={onChange} onAlarm={onAlarm} />,
    options: () => <GraphOptions spec={spec} onChange={onChange} />,
    source: () => <GraphSource spec={spec} onChange={onChange} />,
  };
  return (
    <SpaceBetween size="m">
      <GraphRange controls={controls} />
      {/* As high as the graph with its menu and a row of lines: what is below stays where it is when the first metric is ticked. */}
      <div style={{ minHeight: height + 72, display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)' }}>
        {spec.queries.length ? (
          <Graph spec={spec} controls={controls} heading="none" height={height} />
        ) : (
          <div style={{ placeSelf: 'center' }}>
            <Empty title="Your graph is empty" hint="Select some metrics to appear here." />
          </div>
        )}
      </div>
      <Tabs
        ariaLabel="Parts of the graph"
        activeTabId={tab}
        onChange={(e) => (props.onTab ?? setOwnTab)(e.detail.activeTabId as EditorTab)}
        tabs={tabs.map((id) => ({ id, label: labels[id], content: tab === id ? content[id]() : null }))}
      />
    </SpaceBetween>
  );
}
