// The wizard that makes and changes alarms on metrics and on metric math.
import { CloudWatchClient, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Wizard from '@cloudscape-design/components/wizard';
import { useMemo, useState } from 'react';
import { useClient } from '../../../app/client';
import { done } from '../../../app/flash';
import { useAction } from '../../../app/load';
import { useGo } from '../../../app/region';
import { Graph, isExpression, periodText, thresholdOf, useGraphControls, type GraphSpec } from '../../../graph';
import { ErrorNote } from '../../../ui/ErrorNote';
import { Fields } from '../../../ui/Field';
import { Go } from '../../../ui/Go';
import { tagsValid } from '../../../ui/Tags';
import { alarmScreen } from '../api';
import { watchedQuery } from '../spec';
import { missingData, signOf, within } from '../words';
import { ActionsStep } from './ActionsStep';
import { CommonReview } from './CommonReview';
import { ConditionsStep } from './ConditionsStep';
import { actionErrors, conditionErrors, descriptionError, isPercentile, nameError, toInput, type MetricForm } from './form';
import { NameStep } from './NameStep';
import { useTaken } from './useTaken';

interface Props {
  start: MetricForm;
  isNew: boolean;
  /** where to go when it is done, or given up */
  back?: string;
}

export function MetricAlarmWizard({ start, isNew, back }: Props) {
  const client = useClient(CloudWatchClient);
  const go = useGo();
  const { busy, error, run } = useAction();
  const [form, setForm] = useState(start);
  const [step, setStep] = useState(0);
  const [tried, setTried] = useState<readonly number[]>([]);
  const controls = useGraphControls();
  const { taken, claim } = useTaken(form.name, isNew);
  const change = (part: Partial<MetricForm>) => setForm((f) => ({ ...f, ...part }));
  const fine = [
    Object.keys(conditionErrors(form)).length === 0,
    actionErrors(form.actions).every((e) => e === undefined),
    (!isNew || nameError(form.name, taken) === undefined) && descriptionError(form.description) === undefined && tagsValid(form.tags),
    true,
  ];
  // Skipping ahead, or going back by the list of steps, stops at the first step that is not right.
  const to = (wanted: number) => {
    const first = fine.findIndex((ok, i) => !ok && i < wanted);
    if (first >= 0) setTried((t) => [...t, first]);
    setStep(first >= 0 ? first : wanted);
  };
  const leave = () => go(back ?? (isNew ? '/cloudwatch/alarms' : alarmScreen(form.name)));
  const submit = async () => {
    const wrong = fine.findIndex((ok) => !ok);
    if (wrong >= 0) return to(3);
    const ok = await run(async () => {
      await claim();
      const result = await client.send(new PutMetricAlarmCommand(toInput(form, isNew)));
      done(
        <>
          Alarm <Go to={alarmScreen(form.name)}>{form.name}</Go> {isNew ? 'created' : 'updated'}
        </>,
        result,
      );
    });
    if (ok) go(back ?? alarmScreen(form.name));
  };
  const steps = [
    { title: 'Specify metric and conditions', content: <ConditionsStep form={form} onChange={setForm} tried={tried.includes(0)} controls={controls} /> },
    { title: 'Configure actions', content: <ActionsStep form={form} onChange={change} tried={tried.includes(1)} /> },
    { title: 'Add name and description', content: <NameStep form={form} onChange={change} tried={tried.includes(2)} taken={taken} isNew={isNew} /> },
    {
      title: isNew ? 'Preview and create' : 'Preview and update',
      content: (
        <SpaceBetween size="l">
          <ConditionsReview form={form} onEdit={() => setStep(0)} />
          <CommonReview form={form} onEdit={setStep} />
          <ErrorNote error={error} />
        </SpaceBetween>
      ),
    },
  ];
  return (
    <Wizard
      steps={steps}
      activeStepIndex={step}
      isLoadingNextStep={busy}
      submitButtonText={isNew ? 'Create alarm' : 'Update alarm'}
      onNavigate={(e) => to(e.detail.requestedStepIndex)}
      onCancel={leave}
      onSubmit={() => void submit()}
    />
  );
}

function ConditionsReview({ form, onEdit }: { form: MetricForm; onEdit: () => void }) {
  const { spec } = form;
  const shown = useMemo<GraphSpec | undefined>(
    () => spec && { ...spec, title: form.name, annotations: { horizontal: thresholdOf({ threshold: Number(form.threshold), comparison: form.comparison }) } },
    [spec, form.name, form.threshold, form.comparison],
  );
  const q = spec && watchedQuery(spec);
  if (!spec || !q || !shown) return null;
  return (
    <Container
      header={
        <Header variant="h2" actions={<Button ariaLabel="Edit step 1" onClick={onEdit}>Edit</Button>}>
          Step 1: Specify metric and conditions
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Graph spec={shown} heading="none" menu={false} height={200} />
        <Fields
          items={[
            !isExpression(q) && { label: 'Namespace', value: q.namespace },
            { label: isExpression(q) ? 'Expression' : 'Metric name', value: q.metric ?? q.expression },
            ...Object.entries(q.dimensions ?? {}).map(([label, value]) => ({ label, value })),
            !isExpression(q) && { label: 'Statistic', value: q.stat },
            { label: 'Period', value: periodText(form.period) },
            { label: 'Condition', value: `${signOf(form.comparison)} ${form.threshold} ${within(Number(form.toAlarm), Number(form.of), form.period)}` },
            { label: 'Datapoints to alarm', value: `${form.toAlarm} out of ${form.of}` },
            { label: 'Missing data treatment', value: missingData.find((t) => t.value === form.missing)?.label },
            isPercentile(form) && { label: 'Percentiles with low samples', value: form.lowSamples === 'ignore' ? 'Ignore (maintain the alarm state)' : 'Evaluate' },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}
