// Rules as forms have them, and what is wrong with them.
//
// Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
import type { DescribeRuleResponse, Target } from '@aws-sdk/client-eventbridge';
import { jsonError } from '../ui/JsonEditor';

export type Kind = 'pattern' | 'schedule';

/** How the input of a target is made from the event. */
export type InputKind = 'event' | 'part' | 'constant' | 'transformer';

export interface TargetForm {
  id: string;
  arn: string;
  role: string;
  input: InputKind;
  path: string;
  constant: string;
  paths: string;
  template: string;
  /** what the form does not edit, kept as it is */
  rest: Partial<Target>;
}

export interface RuleForm {
  name: string;
  description: string;
  bus: string;
  enabled: boolean;
  kind: Kind;
  pattern: string;
  schedule: string;
  targets: TargetForm[];
}

export const samplePattern = JSON.stringify({ source: ['aws.kms'] }, null, 2);

export const newTarget = (n: number): TargetForm => ({ id: `Target${n}`, arn: '', role: '', input: 'event', path: '$.detail', constant: '{}', paths: '{"name": "$.detail.eventName"}', template: '"<name> was called"', rest: {} });

export const emptyRule: RuleForm = { name: '', description: '', bus: 'default', enabled: true, kind: 'pattern', pattern: samplePattern, schedule: 'rate(5 minutes)', targets: [newTarget(1)] };

/** asForm puts a rule and its targets into the form. */
export function asForm(rule: DescribeRuleResponse, targets: readonly Target[]): RuleForm {
  return {
    name: rule.Name ?? '',
    description: rule.Description ?? '',
    bus: rule.EventBusName ?? 'default',
    enabled: rule.State !== 'DISABLED',
    kind: rule.ScheduleExpression ? 'schedule' : 'pattern',
    pattern: rule.EventPattern ?? samplePattern,
    schedule: rule.ScheduleExpression ?? 'rate(5 minutes)',
    targets: targets.map((t, i) => {
      const { Id, Arn, RoleArn, Input, InputPath, InputTransformer, ...rest } = t;
      const blank = newTarget(i + 1);
      return {
        id: Id ?? blank.id,
        arn: Arn ?? '',
        role: RoleArn ?? '',
        input: Input !== undefined ? 'constant' : InputPath !== undefined ? 'part' : InputTransformer ? 'transformer' : 'event',
        path: InputPath ?? blank.path,
        constant: Input ?? blank.constant,
        paths: InputTransformer ? JSON.stringify(InputTransformer.InputPathsMap ?? {}, null, 2) : blank.paths,
        template: InputTransformer?.InputTemplate ?? blank.template,
        rest,
      };
    }),
  };
}

/** asTarget is what PutTargets takes. */
export function asTarget(t: TargetForm): Target {
  return {
    ...t.rest,
    Id: t.id,
    Arn: t.arn,
    RoleArn: t.role || undefined,
    Input: t.input === 'constant' ? t.constant : undefined,
    InputPath: t.input === 'part' ? t.path : undefined,
    InputTransformer: t.input === 'transformer' ? { InputPathsMap: JSON.parse(t.paths || '{}') as Record<string, string>, InputTemplate: t.template } : undefined,
  };
}

export function nameError(name: string): string | undefined {
  if (!name) return 'Enter a name.';
  if (name.length > 64) return 'A name has at most 64 characters.';
  return /^[.\-\w]+$/.test(name) ? undefined : 'A name has letters, numbers and . - _ only.';
}

export function scheduleError(text: string): string | undefined {
  if (/^rate\((1 (minute|hour|day)|([2-9]|[1-9]\d+) (minutes|hours|days))\)$/.test(text)) return undefined;
  const cron = /^cron\(([^)]*)\)$/.exec(text);
  if (cron) return cron[1].trim().split(/\s+/).length === 6 ? undefined : 'A cron expression has six fields: minutes, hours, day of month, month, day of week, year.';
  return 'Enter rate(5 minutes) or cron(0 12 * * ? *).';
}

/** targetErrors says what is wrong with a target, by field. */
export function targetErrors(t: TargetForm, all: readonly TargetForm[]): { id?: string; arn?: string; input?: string } {
  return {
    id: !/^[.\-\w]{1,64}$/.test(t.id) ? 'An ID has 1 to 64 letters, numbers and . - _ only.' : all.filter((o) => o.id === t.id).length > 1 ? 'Another target has this ID.' : undefined,
    arn: t.arn ? undefined : 'Choose a target.',
    input:
      t.input === 'constant' ? jsonError(t.constant)
      : t.input === 'part' ? (t.path.startsWith('$') ? undefined : 'A JSON path begins with $, as in $.detail.')
      : t.input === 'transformer' ? (jsonError(t.paths) ?? (t.template ? undefined : 'Enter a template.'))
      : undefined,
  };
}

/** rulePath is the screen of a rule. */
export const rulePath = (bus: string, name: string) => `/events/rules/${encodeURIComponent(bus)}/${encodeURIComponent(name)}`;

/** kindOfTarget names what an ARN leads to. */
export function kindOfTarget(arn: string): string {
  const [, , service, , , resource = ''] = arn.split(':');
  if (service === 'sns') return 'SNS topic';
  if (service === 'logs') return 'CloudWatch log group';
  return resource.startsWith('api-destination') ? 'API destination' : service || 'Unknown';
}
