// What the wizard of alarms is filled in with, what is wrong with it, and what becomes of it.
import type { PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import { defaultPeriod, type AlarmDraft, type GraphSpec } from '../../../graph';
import type { Tag } from '../../../ui/Tags';
import { topicArnError } from '../../topics/check';
import type { Alarm } from '../api';
import { isSearch, queriesOf, toWatched, watchedQuery, watching } from '../spec';
import { states, type State } from '../state';
import { periodOf, type Comparison } from '../words';

export interface Action {
  state: State;
  arn: string;
}

/** What alarms of both kinds have. */
export interface Common {
  actions: readonly Action[];
  actionsEnabled: boolean;
  name: string;
  description: string;
  tags: readonly Tag[];
}

export interface MetricForm extends Common {
  /** all that was handed over; the alarm watches one of its lines */
  offered?: GraphSpec;
  /** what the alarm watches, and of other lines what that needs */
  spec?: GraphSpec;
  period: number;
  comparison: Comparison;
  threshold: string;
  toAlarm: string;
  of: string;
  missing: string;
  /** for percentiles */
  lowSamples: 'evaluate' | 'ignore';
  unit?: string;
}

export const emptyCommon: Common = { actions: [{ state: 'ALARM', arn: '' }], actionsEnabled: true, name: '', description: '', tags: [] };

export const emptyForm: MetricForm = {
  ...emptyCommon,
  period: defaultPeriod,
  comparison: 'GreaterThanThreshold',
  threshold: '',
  toAlarm: '1',
  of: '1',
  missing: 'missing',
  lowSamples: 'evaluate',
};

/** linesOf are the lines of a graph that an alarm can watch. */
export const linesOf = (spec: GraphSpec) => spec.queries.filter((q) => q.visible !== false && !isSearch(q));

/** watch chooses a line. The period is one that alarms can have. */
export function watch(form: MetricForm, offered: GraphSpec, id: string, wanted?: number): MetricForm {
  const q = offered.queries.find((q) => q.id === id);
  const period = alarmPeriod(wanted ?? q?.period ?? offered.period ?? defaultPeriod);
  return { ...form, offered, spec: watching(offered, id, period), period };
}

/** alarmPeriod is the next period that alarms can have. */
export const alarmPeriod = (seconds: number) => (seconds <= 10 ? 10 : seconds <= 20 ? 20 : seconds <= 30 ? 30 : Math.min(Math.ceil(seconds / 60) * 60, 604800));

/** formOfDraft begins with what an address hands over. */
export function formOfDraft({ spec, draft }: { spec?: GraphSpec; draft: AlarmDraft }): MetricForm {
  const form: MetricForm = {
    ...emptyForm,
    comparison: draft.comparison ?? emptyForm.comparison,
    threshold: draft.threshold?.toString() ?? '',
    missing: draft.treatMissingData ?? emptyForm.missing,
    name: draft.name ?? '',
    description: draft.description ?? '',
  };
  if (!spec) return form;
  const lines = linesOf(spec);
  return lines.length === 1 ? watch(form, spec, lines[0].id, draft.period) : { ...form, offered: spec };
}

export function commonOf(a: Alarm): Common {
  return {
    actions: states.flatMap((state) => a.actions[state].map((arn) => ({ state, arn }))),
    actionsEnabled: a.actionsEnabled,
    name: a.name,
    description: a.description,
    tags: [],
  };
}

/** formOfAlarm begins with an alarm that there is. */
export function formOfAlarm(a: Alarm): MetricForm {
  const m = a.metric!;
  const queries = queriesOf(m);
  const offered: GraphSpec = { queries };
  const id = watchedQuery(offered)?.id ?? queries[0].id;
  return {
    ...watch(emptyForm, offered, id, periodOf(a)),
    ...commonOf(a),
    comparison: (m.ComparisonOperator as Comparison | undefined) ?? emptyForm.comparison,
    threshold: String(m.Threshold ?? ''),
    toAlarm: String(m.DatapointsToAlarm ?? m.EvaluationPeriods ?? 1),
    of: String(m.EvaluationPeriods ?? 1),
    missing: m.TreatMissingData ?? 'missing',
    lowSamples: m.EvaluateLowSampleCountPercentile === 'ignore' ? 'ignore' : 'evaluate',
    unit: m.Unit,
  };
}

/** isPercentile tells whether the option for low samples is about the line. */
export const isPercentile = (form: MetricForm) => form.spec?.queries.length === 1 && /^p\d/.test(form.spec.queries[0].stat ?? '');

const whole = (text: string) => (/^[1-9]\d{0,5}$/.test(text.trim()) ? Number(text) : undefined);

export interface ConditionErrors {
  metric?: string;
  threshold?: string;
  toAlarm?: string;
  of?: string;
}

/** conditionErrors says what is wrong in the first step. */
export function conditionErrors(form: MetricForm): ConditionErrors {
  const e: ConditionErrors = {};
  if (!form.spec) e.metric = form.offered && linesOf(form.offered).length ? 'Select which line the alarm watches.' : 'Select a metric.';
  if (form.threshold.trim() === '') e.threshold = 'Enter a threshold.';
  else if (!Number.isFinite(Number(form.threshold))) e.threshold = 'The threshold must be a number.';
  const of = whole(form.of);
  const toAlarm = whole(form.toAlarm);
  if (of === undefined) e.of = 'Enter a whole number of at least 1.';
  else if (form.period < 3600 && of * form.period > 86400) e.of = 'Metrics cannot be checked across more than a day with a period below one hour. Enter less, or a longer period.';
  else if (of * form.period > 604800) e.of = 'Metrics cannot be checked across more than a week. Enter less.';
  if (toAlarm === undefined) e.toAlarm = 'Enter a whole number of at least 1.';
  else if (of !== undefined && toAlarm > of) e.toAlarm = `Enter at most ${of}, the number of datapoints that are looked at.`;
  return e;
}

/** actionErrors says what is wrong with each action; at most five may be done in a state. */
export function actionErrors(actions: readonly Action[]): (string | undefined)[] {
  return actions.map((a, i) => {
    if (a.arn === '') return 'Select a topic.';
    if (a.arn.split(':')[2] === 'sns' && topicArnError(a.arn)) return topicArnError(a.arn);
    if (actions.some((b, j) => j < i && b.state === a.state && b.arn === a.arn)) return 'This topic is chosen for this state already.';
    return actions.filter((b, j) => j < i && b.state === a.state).length >= 5 ? 'A state has at most five actions.' : undefined;
  });
}

/** nameError says what is wrong with the name of an alarm. */
export function nameError(name: string, taken: readonly string[]): string | undefined {
  if (!name.trim()) return 'Enter a name.';
  if (name.length > 255) return 'A name has at most 255 characters.';
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) return 'A name has no control characters.';
  return taken.includes(name) ? 'An alarm with this name exists already. Enter another name.' : undefined;
}

export const descriptionError = (text: string) => (text.length > 1024 ? 'A description has at most 1024 characters.' : undefined);

const targets = (actions: readonly Action[], state: State) => actions.filter((a) => a.state === state).map((a) => a.arn);

/** commonInput is what both kinds of alarms are put with. Tags are given to new ones only. */
export const commonInput = (form: Common, isNew: boolean) => ({
  AlarmName: form.name,
  AlarmDescription: form.description || undefined,
  ActionsEnabled: form.actionsEnabled,
  AlarmActions: targets(form.actions, 'ALARM'),
  OKActions: targets(form.actions, 'OK'),
  InsufficientDataActions: targets(form.actions, 'INSUFFICIENT_DATA'),
  Tags: isNew && form.tags.length ? form.tags.map((t) => ({ Key: t.key, Value: t.value })) : undefined,
});

/** toInput is what PutMetricAlarm is sent. */
export const toInput = (form: MetricForm, isNew: boolean): PutMetricAlarmCommandInput => ({
  ...commonInput(form, isNew),
  ...toWatched(form.spec!),
  ...(form.spec!.queries.length === 1 && form.unit && { Unit: form.unit as PutMetricAlarmCommandInput['Unit'] }),
  ComparisonOperator: form.comparison,
  Threshold: Number(form.threshold),
  EvaluationPeriods: Number(form.of),
  DatapointsToAlarm: Number(form.toAlarm),
  TreatMissingData: form.missing,
  EvaluateLowSampleCountPercentile: isPercentile(form) ? form.lowSamples : undefined,
});
