// Create metric filter, by AWS's steps: define the pattern, assign the metric, review. A filter
// that is there is edited by the same steps.
import { CloudWatchLogsClient, DescribeMetricFiltersCommand, PutMetricFilterCommand, TestMetricFilterCommand } from '@aws-sdk/client-cloudwatch-logs';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Wizard from '@cloudscape-design/components/wizard';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction, useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { Empty } from '../../ui/Empty';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { Page } from '../../ui/Page';
import { groupPath, inGroup } from '../places';
import { patternError } from '../search';
import { emptyForm, filterErrors, formOf, hasErrors, inputOf, type FilterForm } from './form';
import { MetricStep } from './MetricStep';
import { PatternStep } from './PatternStep';

export default function FilterWizard() {
  const { group = '' } = useParams();
  const [search] = useSearchParams();
  const name = search.get('edit');
  const logs = useClient(CloudWatchLogsClient);
  const title = name === null ? 'Create metric filter' : 'Edit metric filter';
  const before = useLoad(
    async (signal) => {
      if (name === null) return { form: { ...emptyForm, pattern: search.get('pattern') ?? '' } };
      const { metricFilters = [] } = await logs.send(new DescribeMetricFiltersCommand({ logGroupName: group, filterNamePrefix: name }), { abortSignal: signal });
      const found = metricFilters.find((f) => f.filterName === name);
      return { form: found && formOf(found) };
    },
    [logs, group, name],
  );
  return (
    <Page title={title} above={inGroup(group)} description={`Log group ${group}`}>
      <ErrorNote error={before.error} retry={before.reload} />
      {before.loading && !before.data && <Loading lines={6} />}
      {before.data && !before.data.form && <Empty title="There is no such metric filter" />}
      {before.data?.form && <Steps group={group} initial={before.data.form} editing={name !== null} />}
    </Page>
  );
}

function Steps({ group, initial, editing }: { group: string; initial: FilterForm; editing: boolean }) {
  const logs = useClient(CloudWatchLogsClient);
  const go = useGo();
  const [step, setStep] = useState(0);
  const [form, setForm] = useState(initial);
  const [tried, setTried] = useState(false);
  const check = useAction();
  const save = useAction();
  const errors = filterErrors(form);
  const change = (part: Partial<FilterForm>) => {
    save.clear();
    setForm((f) => ({ ...f, ...part }));
  };
  const back = () => go(groupPath(group, 'metric-filters'));
  const goTo = async (next: number) => {
    save.clear();
    if (next > step && step === 0 && !(await check.run(() => logs.send(new TestMetricFilterCommand({ filterPattern: form.pattern.trim(), logEventMessages: ['-'] }))))) return;
    if (next > 1 && hasErrors(errors)) {
      setTried(true);
      setStep(1);
      return;
    }
    setStep(next);
  };
  const submit = async () => {
    const saved = await save.run(async () => {
      const result = await logs.send(new PutMetricFilterCommand(inputOf(group, form)));
      done(`Metric filter ${form.name} ${editing ? 'saved' : 'created'}`, result);
    });
    if (saved) back();
  };
  const edit = (to: number) => <Button onClick={() => setStep(to)}>Edit</Button>;
  return (
    <Wizard
      activeStepIndex={step}
      isLoadingNextStep={check.busy || save.busy}
      onNavigate={(e) => void goTo(e.detail.requestedStepIndex)}
      onCancel={back}
      onSubmit={() => void submit()}
      submitButtonText={editing ? 'Save changes' : 'Create metric filter'}
      i18nStrings={{ stepNumberLabel: (n) => `Step ${n}`, collapsedStepsLabel: (n, of) => `Step ${n} of ${of}`, cancelButton: 'Cancel', previousButton: 'Previous', nextButton: 'Next', navigationAriaLabel: 'Steps' }}
      steps={[
        {
          title: 'Define pattern',
          content: <PatternStep group={group} pattern={form.pattern} onChange={(pattern) => (check.clear(), change({ pattern }))} error={check.error} />,
          errorText: check.error && !patternError(check.error) ? check.error.message : undefined,
        },
        { title: 'Assign metric', content: <MetricStep form={form} onChange={change} errors={tried ? errors : undefined} editing={editing} /> },
        {
          title: editing ? 'Review and save' : 'Review and create',
          content: (
            <SpaceBetween size="l">
              <Container header={<Header variant="h2" actions={edit(0)}>Step 1: Pattern</Header>}>
                <Fields items={[{ label: 'Log group', value: group }, { label: 'Filter pattern', value: form.pattern.trim() || 'Every event' }]} />
              </Container>
              <Container header={<Header variant="h2" actions={edit(1)}>Step 2: Metric</Header>}>
                <Fields
                  items={[
                    { label: 'Filter name', value: form.name },
                    { label: 'Metric namespace', value: form.namespace },
                    { label: 'Metric name', value: form.metric },
                    { label: 'Metric value', value: form.value },
                    { label: 'Default value', value: form.byDefault || '–' },
                    { label: 'Unit', value: form.unit || '–' },
                    { label: 'Dimensions', value: form.dimensions.map((d) => `${d.name}: ${d.value}`).join(', ') || '–' },
                  ]}
                />
              </Container>
              <ErrorNote error={save.error} />
            </SpaceBetween>
          ),
        },
      ]}
    />
  );
}
