// The wizard that makes a rule, and changes one.
import { DescribeRuleCommand, EventBridgeClient, ListEventBusesCommand, ListTagsForResourceCommand, ListTargetsByRuleCommand, PutRuleCommand, PutTargetsCommand, RemoveTargetsCommand, type Target } from '@aws-sdk/client-eventbridge';
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Wizard from '@cloudscape-design/components/wizard';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { useClient } from '../app/client';
import { done } from '../app/flash';
import { everything, useAction, useLoad } from '../app/load';
import { useGo } from '../app/region';
import { ErrorNote } from '../ui/ErrorNote';
import { Fields, Loading } from '../ui/Field';
import { jsonError, JsonView } from '../ui/JsonEditor';
import { Page } from '../ui/Page';
import { TagFields, tagsValid, type Tag } from '../ui/Tags';
import { EventStep } from './EventStep';
import { DetailStep } from './DetailStep';
import { refused } from './refused';
import { asForm, asTarget, emptyRule, kindOfTarget, nameError, rulePath, scheduleError, targetErrors, type RuleForm } from './rule';
import { TargetsStep } from './TargetsStep';

interface Before {
  form: RuleForm;
  targets: Target[];
}

export function EditRule() {
  const { bus, name } = useParams();
  const [query] = useSearchParams();
  const events = useClient(EventBridgeClient);
  const before = useLoad(
    async (abortSignal): Promise<Before> => {
      if (!name) return { form: { ...emptyRule, bus: query.get('bus') ?? 'default' }, targets: [] };
      const rule = await events.send(new DescribeRuleCommand({ Name: name, EventBusName: bus }), { abortSignal });
      const targets = await everything(async (NextToken) => {
        const page = await events.send(new ListTargetsByRuleCommand({ Rule: name, EventBusName: bus, NextToken }), { abortSignal });
        return { items: page.Targets, next: page.NextToken };
      }, abortSignal);
      return { form: asForm(rule, targets), targets };
    },
    [events, bus, name],
  );
  return (
    <Page title={name ? `Edit ${name}` : 'Create rule'} above={[{ text: 'Rules', path: '/events/rules' }, ...(name ? [{ text: name, path: rulePath(bus!, name) }] : [])]}>
      <ErrorNote error={before.error} retry={before.reload} />
      {!before.data && before.loading && <Loading />}
      {before.data && <Steps before={before.data} editing={!!name} />}
    </Page>
  );
}

function Steps({ before, editing }: { before: Before; editing: boolean }) {
  const events = useClient(EventBridgeClient);
  const go = useGo();
  const { busy, error, run } = useAction();
  const [rule, setRule] = useState(before.form);
  const [tags, setTags] = useState<Tag[]>([]);
  const [step, setStep] = useState(0);
  const [tried, setTried] = useState(false);
  const change = (part: Partial<RuleForm>) => setRule((r) => ({ ...r, ...part }));
  const buses = useLoad(async (abortSignal) => (await events.send(new ListEventBusesCommand({}), { abortSignal })).EventBuses?.map((b) => b.Name!) ?? [], [events]);
  const problems = [
    !!nameError(rule.name) || rule.description.length > 512,
    rule.kind === 'pattern' ? !!jsonError(rule.pattern) : !!scheduleError(rule.schedule) || rule.bus !== 'default',
    rule.targets.some((t) => Object.values(targetErrors(t, rule.targets)).some(Boolean)),
    !tagsValid(tags),
    false,
  ];
  const to = (next: number) => {
    if (next > step && problems.slice(step, next).some(Boolean)) {
      setTried(true);
      return;
    }
    setTried(false);
    setStep(next);
  };
  const back = () => go(editing ? rulePath(rule.bus, rule.name) : '/events/rules');
  const submit = async () => {
    const ok = await run(async () => {
      if (!editing) await mustBeNew(events, rule);
      const put = await events.send(
        new PutRuleCommand({
          Name: rule.name,
          EventBusName: rule.bus,
          Description: rule.description || undefined,
          State: rule.enabled ? 'ENABLED' : 'DISABLED',
          EventPattern: rule.kind === 'pattern' ? rule.pattern : undefined,
          ScheduleExpression: rule.kind === 'schedule' ? rule.schedule : undefined,
          Tags: tags.length > 0 ? tags.map((t) => ({ Key: t.key, Value: t.value })) : undefined,
        }),
      );
      const gone = before.targets.filter((b) => !rule.targets.some((t) => t.id === b.Id)).map((b) => b.Id!);
      if (gone.length > 0) refused(await events.send(new RemoveTargetsCommand({ Rule: rule.name, EventBusName: rule.bus, Ids: gone })));
      if (rule.targets.length > 0) refused(await events.send(new PutTargetsCommand({ Rule: rule.name, EventBusName: rule.bus, Targets: rule.targets.map(asTarget) })));
      done(`Rule ${rule.name} was ${editing ? 'changed' : 'created'}.`, put);
    });
    if (ok) go(rulePath(rule.bus, rule.name));
  };
  return (
    <Wizard
      activeStepIndex={step}
      onNavigate={(e) => to(e.detail.requestedStepIndex)}
      onCancel={back}
      onSubmit={submit}
      isLoadingNextStep={busy}
      submitButtonText={editing ? 'Update rule' : 'Create rule'}
      steps={[
        { title: 'Define rule detail', content: <DetailStep rule={rule} change={change} editing={editing} buses={buses.data ?? [rule.bus]} tried={tried} /> },
        { title: rule.kind === 'pattern' ? 'Build event pattern' : 'Define schedule', content: <EventStep rule={rule} change={change} tried={tried} /> },
        { title: 'Select targets', content: <TargetsStep rule={rule} change={change} tried={tried} /> },
        {
          title: 'Configure tags',
          isOptional: true,
          content: <Container header={<Header variant="h2">Tags</Header>}>{editing ? <ExistingTags bus={rule.bus} name={rule.name} /> : <TagFields tags={tags} onChange={setTags} tried={tried} />}</Container>,
        },
        {
          title: 'Review and create',
          content: (
            <SpaceBetween size="l">
              <ErrorNote error={error} />
              <Container header={<Header variant="h2">Rule</Header>}>
                <Fields
                  items={[
                    { label: 'Name', value: rule.name },
                    { label: 'Event bus', value: rule.bus },
                    { label: 'State', value: rule.enabled ? 'Enabled' : 'Disabled' },
                    { label: 'Description', value: rule.description || '–' },
                    rule.kind === 'schedule' && { label: 'Schedule', value: rule.schedule },
                    { label: 'Targets', value: rule.targets.map((t) => `${t.id}: ${kindOfTarget(t.arn)} ${t.arn}`).join('; ') || 'None' },
                  ]}
                />
              </Container>
              {rule.kind === 'pattern' && (
                <Container header={<Header variant="h2">Event pattern</Header>}>
                  <JsonView text={rule.pattern} />
                </Container>
              )}
            </SpaceBetween>
          ),
        },
      ]}
    />
  );
}

/** mustBeNew refuses the name of a rule that there is: PutRule would change that one. */
async function mustBeNew(events: EventBridgeClient, rule: RuleForm) {
  try {
    await events.send(new DescribeRuleCommand({ Name: rule.name, EventBusName: rule.bus }));
  } catch (e) {
    if ((e as Error).name === 'ResourceNotFoundException') return;
    throw e;
  }
  throw Object.assign(new Error(`There is a rule ${rule.name} on event bus ${rule.bus} already.`), { name: 'ResourceAlreadyExistsException' });
}

function ExistingTags({ bus, name }: { bus: string; name: string }) {
  const events = useClient(EventBridgeClient);
  const tags = useLoad(async (abortSignal) => {
    const { Arn } = await events.send(new DescribeRuleCommand({ Name: name, EventBusName: bus }), { abortSignal });
    return (await events.send(new ListTagsForResourceCommand({ ResourceARN: Arn }), { abortSignal })).Tags ?? [];
  }, [events, bus, name]);
  return <Alert type="info">{tags.data ? `The rule has ${tags.data.length} tags. ` : ''}Tags of a rule are changed on its page.</Alert>;
}
