// Several graphs under one bar of ranges.
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { AddToDashboard } from './AddToDashboard';
import { Graph } from './Graph';
import { GraphRange } from './GraphRange';
import { useGraphControls } from './range/controls';
import type { AlarmDraft } from './spec/address.ts';
import type { GraphSpec } from './spec/graph.ts';

export interface SectionGraph {
  spec: GraphSpec;
  alarm?: AlarmDraft;
  alarmSpec?: GraphSpec;
}

interface Props {
  title: string;
  graphs: readonly SectionGraph[];
  description?: string;
  columns?: 1 | 2 | 3;
  height?: number;
}

export function GraphSection({ title, graphs, description, columns = 2, height }: Props) {
  const controls = useGraphControls();
  const [adding, setAdding] = useState(false);
  return (
    <Container
      header={
        <SpaceBetween size="xs">
          <Header variant="h2" description={description} actions={<Button onClick={() => setAdding(true)}>Add to dashboard</Button>}>
            {title}
          </Header>
          <GraphRange controls={controls} />
        </SpaceBetween>
      }
    >
      <ColumnLayout columns={columns} minColumnWidth={320}>
        {graphs.map(({ spec, alarm, alarmSpec }, i) => (
          <Graph key={spec.title ?? i} spec={spec} alarm={alarm} alarmSpec={alarmSpec} controls={controls} height={height} />
        ))}
      </ColumnLayout>
      {adding && <AddToDashboard specs={graphs.map((g) => g.spec)} onClose={() => setAdding(false)} />}
    </Container>
  );
}
