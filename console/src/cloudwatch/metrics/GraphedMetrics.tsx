// The lines of a graph: what each shows and how.
import Autosuggest from '@cloudscape-design/components/autosuggest';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useState } from 'react';
import { defaultPeriod, defaultStat, freeId, isExpression, periods, periodText, type GraphQuery, type GraphSpec } from '../../graph';
import { colorOf } from '../../graph/chart/colors.ts';
import { labelsOf, nameOfQuery } from '../../graph/data/labels.ts';
import { Empty } from '../../ui/Empty';
import { idError, statisticError, statistics } from './check';
import { MathDialog } from './MathDialog';
import '../cloudwatch.css';

interface Props {
  spec: GraphSpec;
  onChange: (spec: GraphSpec) => void;
  /** what else can be done with a line, such as an alarm on it */
  onAlarm?: (q: GraphQuery) => void;
}

const periodOption = (value: number) => ({ value: String(value), label: periodText(value) });

export function GraphedMetrics({ spec, onChange, onAlarm }: Props) {
  const [dialog, setDialog] = useState<GraphQuery>();
  const { queries } = spec;
  const set = (next: GraphQuery[]) => onChange({ ...spec, queries: next });
  const change = (i: number, part: Partial<GraphQuery>) => set(queries.map((q, j) => (i === j ? { ...q, ...part } : q)));
  const move = (i: number, by: number) => {
    const next = [...queries];
    [next[i], next[i + by]] = [next[i + by], next[i]];
    set(next);
  };
  const labels = labelsOf(spec);
  const nameOf = (q: GraphQuery) => nameOfQuery(q, labels);
  const rename = (i: number, id: string) => {
    const old = queries[i].id;
    const word = new RegExp(`\\b${old}\\b`, 'g');
    set(queries.map((q, j) => (i === j ? { ...q, id } : q.expression ? { ...q, expression: q.expression.replace(word, id) } : q)));
  };
  const newExpression = (expression: string): GraphQuery => ({ id: freeId(queries, 'e'), expression });
  return (
    <>
      <Table
        variant="embedded"
        contentDensity="compact"
        wrapLines
        trackBy={(r) => String(r.i)}
        items={queries.map((q, i) => ({ q, i }))}
        ariaLabels={{ tableLabel: 'Graphed metrics' }}
        header={
          <Header
            variant="h3"
            counter={`(${queries.length})`}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <ButtonDropdown
                  items={[
                    { id: 'math', text: 'Start with empty expression' },
                    { id: 'sum', text: 'Sum of all metrics: SUM(METRICS())' },
                    { id: 'avg', text: 'Average of all metrics: AVG(METRICS())' },
                    { id: 'rate', text: 'Rate of change: RATE(METRICS())' },
                    { id: 'fill', text: 'Zero where there is nothing: FILL(METRICS(), 0)' },
                    { id: 'search', text: 'Search expression: SEARCH' },
                  ]}
                  expandToViewport
                  onItemClick={(e) =>
                    setDialog(
                      newExpression(
                        { math: '', sum: 'SUM(METRICS())', avg: 'AVG(METRICS())', rate: 'RATE(METRICS())', fill: 'FILL(METRICS(), 0)', search: "SEARCH('Namespace=\"AWS/KMS\" ', 'Sum')" }[e.detail.id] ?? '',
                      ),
                    )
                  }
                >
                  Add math
                </ButtonDropdown>
                <Button disabled={!queries.length} onClick={() => set([])}>
                  Clear graph
                </Button>
              </SpaceBetween>
            }
          >
            Graphed metrics
          </Header>
        }
        empty={<Empty title="Your graph is empty" hint="Choose metrics on the tab Browse, or add a math expression." />}
        columnDefinitions={[
          {
            id: 'visible',
            header: 'Visible',
            cell: ({ q, i }) => (
              <div className="metric-cells">
                <Checkbox checked={q.visible !== false} onChange={(e) => change(i, { visible: e.detail.checked ? undefined : false })} ariaLabel={`Show ${nameOf(q)}`} />
                <input
                  type="color"
                  className="metric-swatch"
                  aria-label={`Color of ${nameOf(q)}`}
                  value={/^#[0-9a-f]{6}$/i.test(q.color ?? '') ? q.color : colorOf(i)}
                  onChange={(e) => change(i, { color: e.target.value })}
                />
              </div>
            ),
          },
          { id: 'id', header: 'Id', cell: ({ q, i }) => <Id key={q.id} query={q} others={queries.filter((o) => o !== q)} onChange={(id) => rename(i, id)} /> },
          {
            id: 'details',
            header: 'Label and details',
            isRowHeader: true,
            minWidth: 240,
            cell: ({ q, i }) => (
              <SpaceBetween size="xxs">
                <Input value={q.label ?? ''} placeholder={labels.get(q.id) ?? q.metric ?? q.id} ariaLabel={`Label of ${q.id}`} onChange={(e) => change(i, { label: e.detail.value || undefined })} autoComplete={false} />
                {isExpression(q) ? (
                  <SpaceBetween direction="horizontal" size="xxs" alignItems="center">
                    <code>{q.expression}</code>
                    <Button variant="inline-icon" iconName="edit" ariaLabel={`Edit expression ${q.id}`} onClick={() => setDialog(q)} />
                  </SpaceBetween>
                ) : (
                  <Box variant="small">{[q.namespace, q.metric, ...Object.entries(q.dimensions ?? {}).map(([n, v]) => `${n}: ${v}`)].join(' • ')}</Box>
                )}
              </SpaceBetween>
            ),
          },
          {
            id: 'statistic',
            header: 'Statistic',
            minWidth: 200,
            cell: ({ q, i }) => (isExpression(q) ? '–' : <StatisticField label={`Statistic of ${nameOf(q)}`} value={q.stat ?? spec.stat ?? defaultStat} onChange={(stat) => change(i, { stat })} />),
          },
          {
            id: 'period',
            header: 'Period',
            minWidth: 140,
            cell: ({ q, i }) => (
              <Select
                ariaLabel={`Period of ${nameOf(q)}`}
                selectedOption={periodOption(q.period ?? spec.period ?? defaultPeriod)}
                options={periods.map((p) => periodOption(p.value))}
                expandToViewport
                onChange={(e) => change(i, { period: Number(e.detail.selectedOption.value) })}
              />
            ),
          },
          {
            id: 'axis',
            header: 'Y axis',
            minWidth: 110,
            cell: ({ q, i }) => (
              <Select
                ariaLabel={`Y axis of ${nameOf(q)}`}
                selectedOption={q.axis === 'right' ? { value: 'right', label: 'Right' } : { value: 'left', label: 'Left' }}
                options={[
                  { value: 'left', label: 'Left' },
                  { value: 'right', label: 'Right' },
                ]}
                expandToViewport
                onChange={(e) => change(i, { axis: e.detail.selectedOption.value === 'right' ? 'right' : undefined })}
              />
            ),
          },
          {
            id: 'actions',
            header: 'Actions',
            cell: ({ q, i }) => (
              <div className="metric-cells">
                <Button variant="icon" iconName="angle-up" disabled={i === 0} ariaLabel={`Move ${nameOf(q)} up`} onClick={() => move(i, -1)} />
                <Button variant="icon" iconName="angle-down" disabled={i === queries.length - 1} ariaLabel={`Move ${nameOf(q)} down`} onClick={() => move(i, 1)} />
                {onAlarm && <Button variant="icon" iconName="notification" ariaLabel={`Create alarm on ${nameOf(q)}`} onClick={() => onAlarm(q)} />}
                <Button variant="icon" iconName="copy" ariaLabel={`Duplicate ${nameOf(q)}`} onClick={() => set([...queries.slice(0, i + 1), { ...q, id: freeId(queries, isExpression(q) ? 'e' : 'm'), color: undefined }, ...queries.slice(i + 1)])} />
                <Button variant="icon" iconName="remove" ariaLabel={`Remove ${nameOf(q)}`} onClick={() => set(queries.filter((o) => o !== q))} />
              </div>
            ),
          },
        ]}
      />
      {dialog && (
        <MathDialog
          spec={spec}
          query={dialog}
          isNew={!queries.includes(dialog)}
          onDone={(q) => set(queries.includes(dialog) ? queries.map((o) => (o === dialog ? q : o)) : [...queries, q])}
          onClose={() => setDialog(undefined)}
        />
      )}
    </>
  );
}

/** StatisticField takes a statistic from the list, or another one that is typed. */
export function StatisticField({ label, value, onChange }: { label: string; value: string; onChange: (stat: string) => void }) {
  const [text, setText] = useState<string>();
  const shown = text ?? value;
  const wrong = text === undefined ? undefined : statisticError(text);
  const take = (stat: string) => {
    if (!statisticError(stat)) onChange(stat);
    setText(statisticError(stat) ? stat : undefined);
  };
  return (
    <FormField errorText={wrong}>
      <Autosuggest
        ariaLabel={label}
        value={shown}
        options={statistics}
        filteringType="none"
        expandToViewport
        enteredTextLabel={(v) => `Use: "${v}"`}
        onChange={(e) => setText(e.detail.value)}
        onSelect={(e) => take(e.detail.value)}
        onBlur={() => text !== undefined && take(text)}
        invalid={!!wrong}
      />
    </FormField>
  );
}

function Id({ query, others, onChange }: { query: GraphQuery; others: readonly GraphQuery[]; onChange: (id: string) => void }) {
  const [text, setText] = useState(query.id);
  const wrong = text === query.id ? undefined : idError(text, others);
  return (
    <FormField errorText={wrong}>
      <div style={{ width: 72 }}>
        <Input
          value={text}
          ariaLabel={`Id of ${query.label || query.metric || query.id}`}
          invalid={!!wrong}
          onChange={(e) => setText(e.detail.value)}
          onBlur={() => text !== query.id && !wrong && onChange(text)}
          onKeyDown={(e) => e.detail.key === 'Enter' && text !== query.id && !wrong && onChange(text)}
          autoComplete={false}
        />
      </div>
    </FormField>
  );
}
