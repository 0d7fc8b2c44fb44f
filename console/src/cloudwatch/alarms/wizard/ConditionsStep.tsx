// The first step: what the alarm watches, and when it goes off. The graph shows the threshold as
// it is typed.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import { useMemo, useState } from 'react';
import { Graph, GraphRange, isExpression, periodText, thresholdOf, type GraphControls, type GraphQuery, type GraphSpec } from '../../../graph';
import { Fields } from '../../../ui/Field';
import { GraphDialog } from '../../metrics/GraphDialog';
import { StatisticField } from '../../metrics/GraphedMetrics';
import { isSearch, watchedQuery } from '../spec';
import { comparisons, missingData, signOf, within, type Comparison } from '../words';
import { conditionErrors, isPercentile, linesOf, watch, type MetricForm } from './form';

/** The periods that alarms can have. */
const alarmPeriods = [10, 20, 30, 60, 300, 900, 3600, 21600, 86400, 604800];

interface Props {
  form: MetricForm;
  onChange: (form: MetricForm) => void;
  tried: boolean;
  controls: GraphControls;
}

const nameOf = (q: GraphQuery) => q.label || q.metric || q.expression || q.id;

/** missingLine says what is missing before a graph can be an alarm's. */
function missingLine(spec: GraphSpec): string | undefined {
  const lines = spec.queries.filter((q) => q.visible !== false);
  if (lines.length === 1) return isSearch(lines[0]) ? 'An alarm cannot watch a search expression.' : undefined;
  return lines.length ? 'Select a single metric to continue: one line may be visible.' : 'Select a single metric to continue.';
}

export function ConditionsStep({ form, onChange, tried, controls }: Props) {
  const [picking, setPicking] = useState(false);
  const [more, setMore] = useState(form.of !== '1' || form.missing !== 'missing');
  const errors = conditionErrors(form);
  const { spec, offered } = form;
  const q = spec && watchedQuery(spec);
  const set = (part: Partial<MetricForm>) => onChange({ ...form, ...part });
  const change = (part: Partial<GraphQuery>) => spec && set({ spec: { ...spec, queries: spec.queries.map((o) => (o === q ? { ...o, ...part } : o)) } });
  const setPeriod = (period: number) => spec && set({ period, spec: { ...spec, queries: spec.queries.map((o) => ({ ...o, period })) } });
  const threshold = form.threshold.trim() === '' || !Number.isFinite(Number(form.threshold)) ? undefined : Number(form.threshold);
  const shown = useMemo<GraphSpec | undefined>(
    () => spec && { ...spec, title: 'Preview', annotations: { horizontal: thresholdOf({ threshold, comparison: form.comparison }) } },
    [spec, threshold, form.comparison],
  );
  const lines = offered ? linesOf(offered) : [];
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header variant="h2" actions={<Button onClick={() => setPicking(true)}>{spec ? 'Edit' : 'Select metric'}</Button>}>
            Metric
          </Header>
        }
      >
        <SpaceBetween size="m">
          {offered && lines.length !== 1 && (
            <FormField label="Line to watch" description="The graph has several lines. An alarm watches one." errorText={tried && errors.metric}>
              {lines.length === 0 ? (
                <Alert type="info">This graph has no line that an alarm can watch: a search expression finds several metrics. Choose Select metric.</Alert>
              ) : (
                <RadioGroup
                  value={q?.id ?? null}
                  ariaLabel="Line to watch"
                  items={lines.map((l) => ({ value: l.id, label: nameOf(l), description: isExpression(l) ? l.expression : Object.entries(l.dimensions ?? {}).map(([n, v]) => `${n}: ${v}`).join(', ') }))}
                  onChange={(e) => onChange(watch(form, offered, e.detail.value))}
                />
              )}
            </FormField>
          )}
          {!spec && !offered && <FormField errorText={tried && errors.metric}>Select a metric, or a math expression of metrics, that the alarm watches.</FormField>}
          {spec && q && shown && (
            <Grid gridDefinition={[{ colspan: { default: 12, m: 7 } }, { colspan: { default: 12, m: 5 } }]}>
              <SpaceBetween size="xs">
                <GraphRange controls={controls} />
                <div>
                  This alarm will trigger when the line is {signOf(form.comparison)} {threshold ?? 'the threshold'} {within(Number(form.toAlarm) || 1, Number(form.of) || 1, form.period)}.
                </div>
                <Graph spec={shown} controls={controls} heading="none" menu={false} height={240} />
              </SpaceBetween>
              <SpaceBetween size="s">
                {isExpression(q) ? (
                  <Fields
                    columns={1}
                    items={[
                      { label: 'Expression', value: <code>{q.expression}</code> },
                      ...spec.queries.filter((o) => o !== q).map((o) => ({ label: o.id, value: isExpression(o) ? <code>{o.expression}</code> : `${o.namespace} • ${o.metric} (${o.stat})` })),
                    ]}
                  />
                ) : (
                  <Fields
                    columns={1}
                    items={[
                      { label: 'Namespace', value: q.namespace },
                      { label: 'Metric name', value: q.metric },
                      ...Object.entries(q.dimensions ?? {}).map(([label, value]) => ({ label, value })),
                    ]}
                  />
                )}
                {!isExpression(q) && (
                  <FormField label="Statistic">
                    <StatisticField label="Statistic" value={q.stat ?? 'Average'} onChange={(stat) => change({ stat })} />
                  </FormField>
                )}
                <FormField label="Period">
                  <Select
                    selectedOption={{ value: String(form.period), label: periodText(form.period) }}
                    options={[...new Set([...alarmPeriods, form.period])].sort((a, b) => a - b).map((p) => ({ value: String(p), label: periodText(p) }))}
                    onChange={(e) => setPeriod(Number(e.detail.selectedOption.value))}
                  />
                </FormField>
              </SpaceBetween>
            </Grid>
          )}
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Conditions</Header>}>
        <SpaceBetween size="m">
          <FormField label="Threshold type" description="Use a value as a threshold.">
            <div>Static</div>
          </FormField>
          <FormField label={`Whenever ${q ? nameOf(q) : 'the metric'} is…`} description="Define the alarm condition." stretch>
            <Tiles
              ariaLabel="Alarm condition"
              value={form.comparison}
              columns={4}
              onChange={(e) => set({ comparison: e.detail.value as Comparison })}
              items={comparisons.map((c) => ({ value: c.value, label: c.label, description: c.words }))}
            />
          </FormField>
          <FormField label="than…" description="Define the threshold value." constraintText="Must be a number." errorText={(tried || form.threshold !== '') && errors.threshold}>
            <Input inputMode="decimal" ariaLabel="Threshold" value={form.threshold} onChange={(e) => set({ threshold: e.detail.value })} autoComplete={false} />
          </FormField>
          <ExpandableSection headerText="Additional configuration" expanded={more || !!errors.of || !!errors.toAlarm} onChange={(e) => setMore(e.detail.expanded)}>
            <SpaceBetween size="m">
              <ColumnLayout columns={2}>
                <FormField label="Datapoints to alarm" description="How many datapoints must be breaching." errorText={errors.toAlarm}>
                  <Input inputMode="numeric" value={form.toAlarm} onChange={(e) => set({ toAlarm: e.detail.value })} />
                </FormField>
                <FormField label="out of" description="How many datapoints are looked at." errorText={errors.of}>
                  <Input inputMode="numeric" ariaLabel="Evaluation periods" value={form.of} onChange={(e) => set({ of: e.detail.value })} />
                </FormField>
              </ColumnLayout>
              <FormField label="Missing data treatment" description="How to treat missing data when evaluating the alarm.">
                <Select
                  selectedOption={missingData.find((t) => t.value === form.missing) ?? null}
                  options={[...missingData]}
                  onChange={(e) => set({ missing: e.detail.selectedOption.value! })}
                />
              </FormField>
              {isPercentile(form) && (
                <FormField label="Percentiles with low samples" description="What to do where there are too few samples for the percentile to mean something.">
                  <RadioGroup
                    value={form.lowSamples}
                    onChange={(e) => set({ lowSamples: e.detail.value as 'evaluate' | 'ignore' })}
                    items={[
                      { value: 'evaluate', label: 'Evaluate' },
                      { value: 'ignore', label: 'Ignore (maintain the alarm state)' },
                    ]}
                  />
                </FormField>
              )}
            </SpaceBetween>
          </ExpandableSection>
        </SpaceBetween>
      </Container>
      {picking && (
        <GraphDialog
          title="Select metric"
          action="Select metric"
          start={offered ?? { queries: [] }}
          tabs={['browse', 'graphed', 'source']}
          missing={missingLine}
          onDone={(chosen) => onChange(watch(form, chosen, watchedQuery(chosen)!.id))}
          onClose={() => setPicking(false)}
        />
      )}
    </SpaceBetween>
  );
}
