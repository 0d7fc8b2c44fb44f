// Where the events of a rule go: topics, log groups, API destinations.
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, ListApiDestinationsCommand } from '@aws-sdk/client-eventbridge';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useClient } from '../app/client';
import { everything, useLoad } from '../app/load';
import { ErrorNote } from '../ui/ErrorNote';
import { JsonEditor } from '../ui/JsonEditor';
import { kindOfTarget, newTarget, targetErrors, type InputKind, type RuleForm, type TargetForm } from './rule';

const inputs: { value: InputKind; label: string }[] = [
  { value: 'event', label: 'Matched event' },
  { value: 'part', label: 'Part of the matched event' },
  { value: 'constant', label: 'Constant (JSON text)' },
  { value: 'transformer', label: 'Input transformer' },
];

const mostTargets = 5;

export function TargetsStep({ rule, change, tried }: { rule: RuleForm; change: (part: Partial<RuleForm>) => void; tried: boolean }) {
  const arns = useTargets();
  const set = (i: number, part: Partial<TargetForm>) => change({ targets: rule.targets.map((t, j) => (i === j ? { ...t, ...part } : t)) });
  return (
    <SpaceBetween size="l">
      <ErrorNote error={arns.error} retry={arns.reload} header="Not all possible targets could be listed" />
      {rule.targets.map((t, i) => (
        <OneTarget
          key={i}
          target={t}
          number={i + 1}
          errors={targetErrors(t, rule.targets)}
          tried={tried}
          options={arns.data}
          loading={arns.loading}
          change={(part) => set(i, part)}
          remove={rule.targets.length > 1 ? () => change({ targets: rule.targets.filter((_, j) => j !== i) }) : undefined}
        />
      ))}
      <Button disabled={rule.targets.length >= mostTargets} onClick={() => change({ targets: [...rule.targets, newTarget(free(rule.targets))] })}>
        Add another target
      </Button>
    </SpaceBetween>
  );
}

/** free is the first number whose ID no target has. */
function free(targets: readonly TargetForm[]): number {
  let n = 1;
  while (targets.some((t) => t.id === `Target${n}`)) n++;
  return n;
}

/** useTargets lists what may be a target. */
function useTargets() {
  const sns = useClient(SNSClient);
  const logs = useClient(CloudWatchLogsClient);
  const events = useClient(EventBridgeClient);
  return useLoad(
    async (abortSignal) => {
      const [topics, groups, destinations] = await Promise.all([
        everything(async (NextToken) => {
          const page = await sns.send(new ListTopicsCommand({ NextToken }), { abortSignal });
          return { items: page.Topics?.map((t) => t.TopicArn!), next: page.NextToken };
        }, abortSignal),
        everything(async (nextToken) => {
          const page = await logs.send(new DescribeLogGroupsCommand({ nextToken }), { abortSignal });
          return { items: page.logGroups?.map((g) => g.logGroupArn ?? g.arn!.replace(/:\*$/, '')), next: page.nextToken };
        }, abortSignal),
        everything(async (NextToken) => {
          const page = await events.send(new ListApiDestinationsCommand({ NextToken }), { abortSignal });
          return { items: page.ApiDestinations?.map((d) => d.ApiDestinationArn!), next: page.NextToken };
        }, abortSignal),
      ]);
      return [...topics, ...groups, ...destinations];
    },
    [sns, logs, events],
  );
}

interface OneProps {
  target: TargetForm;
  number: number;
  errors: { id?: string; arn?: string; input?: string };
  tried: boolean;
  options: readonly string[] | undefined;
  loading: boolean;
  change: (part: Partial<TargetForm>) => void;
  remove?: () => void;
}

function OneTarget({ target: t, number, errors, tried, options, loading, change, remove }: OneProps) {
  return (
    <Container
      header={
        <Header variant="h2" actions={remove && <Button onClick={remove}>Remove target {number}</Button>}>
          Target {number}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <FormField label="Target" description="A topic, a log group or an API destination." errorText={tried ? errors.arn : undefined}>
          <Select
            selectedOption={t.arn ? { value: t.arn, label: t.arn, description: kindOfTarget(t.arn) } : null}
            options={options?.map((arn) => ({ value: arn, label: arn, description: kindOfTarget(arn) }))}
            statusType={loading ? 'loading' : 'finished'}
            filteringType="auto"
            placeholder="Choose a target"
            empty="There is no topic, log group or API destination yet."
            onChange={(e) => change({ arn: e.detail.selectedOption.value! })}
          />
        </FormField>
        <FormField label="ID" errorText={errors.id}>
          <Input value={t.id} onChange={(e) => change({ id: e.detail.value })} autoComplete={false} />
        </FormField>
        <FormField label="Execution role - optional" description="ARN of the role that EventBridge assumes to call the target. API destinations need one.">
          <Input value={t.role} onChange={(e) => change({ role: e.detail.value })} autoComplete={false} placeholder="arn:aws:iam::111122223333:role/events" />
        </FormField>
        <FormField label="Target input">
          <Select selectedOption={inputs.find((o) => o.value === t.input)!} options={inputs} onChange={(e) => change({ input: e.detail.selectedOption.value as InputKind })} />
        </FormField>
        {t.input === 'part' && (
          <FormField label="JSON path" errorText={errors.input}>
            <Input value={t.path} onChange={(e) => change({ path: e.detail.value })} autoComplete={false} />
          </FormField>
        )}
        {t.input === 'constant' && <JsonEditor label="Constant" value={t.constant} rows={6} onChange={(constant) => change({ constant })} error={errors.input} />}
        {t.input === 'transformer' && (
          <>
            <JsonEditor label="Input paths" description="Names, and the JSON paths of their values." value={t.paths} rows={6} onChange={(paths) => change({ paths })} />
            <FormField label="Template" description="JSON, or a text in quotes, with <name> where a value stands." errorText={t.template ? undefined : 'Enter a template.'} stretch>
              <Textarea value={t.template} rows={4} onChange={(e) => change({ template: e.detail.value })} />
            </FormField>
          </>
        )}
      </SpaceBetween>
    </Container>
  );
}
