// The wizard that makes and changes composite alarms.
import { CloudWatchClient, PutCompositeAlarmCommand } from '@aws-sdk/client-cloudwatch';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Wizard from '@cloudscape-design/components/wizard';
import { useState } from 'react';
import { useClient } from '../../../app/client';
import { done } from '../../../app/flash';
import { useAction } from '../../../app/load';
import { useGo } from '../../../app/region';
import { ErrorNote } from '../../../ui/ErrorNote';
import { Fields } from '../../../ui/Field';
import { Go } from '../../../ui/Go';
import { tagsValid } from '../../../ui/Tags';
import { alarmScreen } from '../api';
import { nameOfChild } from '../rule';
import { ActionsStep } from './ActionsStep';
import { CommonReview } from './CommonReview';
import { compositeInput, ruleErrors, type CompositeForm } from './composite';
import { actionErrors, descriptionError, nameError } from './form';
import { NameStep } from './NameStep';
import { RuleStep } from './RuleStep';
import { useTaken } from './useTaken';

export function CompositeAlarmWizard({ start, isNew }: { start: CompositeForm; isNew: boolean }) {
  const client = useClient(CloudWatchClient);
  const go = useGo();
  const { busy, error, run } = useAction();
  const [form, setForm] = useState(start);
  const [step, setStep] = useState(0);
  const [tried, setTried] = useState<readonly number[]>([]);
  const { taken, claim } = useTaken(form.name, isNew);
  const change = (part: Partial<CompositeForm>) => setForm((f) => ({ ...f, ...part }));
  const fine = [
    Object.keys(ruleErrors(form)).length === 0,
    actionErrors(form.actions).every((e) => e === undefined),
    (!isNew || nameError(form.name, taken) === undefined) && descriptionError(form.description) === undefined && tagsValid(form.tags),
    true,
  ];
  const to = (wanted: number) => {
    const first = fine.findIndex((ok, i) => !ok && i < wanted);
    if (first >= 0) setTried((t) => [...t, first]);
    setStep(first >= 0 ? first : wanted);
  };
  const submit = async () => {
    if (fine.includes(false)) return to(3);
    const ok = await run(async () => {
      await claim();
      const result = await client.send(new PutCompositeAlarmCommand(compositeInput(form, isNew)));
      done(
        <>
          Composite alarm <Go to={alarmScreen(form.name)}>{form.name}</Go> {isNew ? 'created' : 'updated'}
        </>,
        result,
      );
    });
    if (ok) go(alarmScreen(form.name));
  };
  return (
    <Wizard
      activeStepIndex={step}
      isLoadingNextStep={busy}
      submitButtonText={isNew ? 'Create composite alarm' : 'Update composite alarm'}
      onNavigate={(e) => to(e.detail.requestedStepIndex)}
      onCancel={() => go(isNew ? '/cloudwatch/alarms' : alarmScreen(form.name))}
      onSubmit={() => void submit()}
      steps={[
        { title: 'Specify composite alarm conditions', content: <RuleStep form={form} onChange={change} tried={tried.includes(0)} /> },
        { title: 'Configure actions', content: <ActionsStep form={form} onChange={change} tried={tried.includes(1)} /> },
        { title: 'Add name and description', content: <NameStep form={form} onChange={change} tried={tried.includes(2)} taken={taken} isNew={isNew} /> },
        {
          title: isNew ? 'Preview and create' : 'Preview and update',
          content: (
            <SpaceBetween size="l">
              <Container
                header={
                  <Header variant="h2" actions={<Button ariaLabel="Edit step 1" onClick={() => setStep(0)}>Edit</Button>}>
                    Step 1: Specify composite alarm conditions
                  </Header>
                }
              >
                <Fields
                  columns={2}
                  items={[
                    { label: 'Alarm rule', value: <code>{form.rule}</code> },
                    { label: 'Suppressor alarm', value: form.suppressor ? `${nameOfChild(form.suppressor)}, waits ${form.wait} s, extends ${form.extension} s` : 'None' },
                  ]}
                />
              </Container>
              <CommonReview form={form} onEdit={setStep} />
              <ErrorNote error={error} />
            </SpaceBetween>
          ),
        },
      ]}
    />
  );
}
