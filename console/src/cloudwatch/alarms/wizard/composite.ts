// What the wizard of composite alarms is filled in with.
import type { PutCompositeAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import type { Alarm } from '../api';
import { parseRule } from '../rule';
import { commonInput, commonOf, type Common } from './form';

export interface CompositeForm extends Common {
  rule: string;
  suppressor: string;
  wait: string;
  extension: string;
}

export const compositeOf = (a: Alarm): CompositeForm => ({
  ...commonOf(a),
  rule: a.composite?.AlarmRule ?? '',
  suppressor: a.composite?.ActionsSuppressor ?? '',
  wait: String(a.composite?.ActionsSuppressorWaitPeriod ?? 60),
  extension: String(a.composite?.ActionsSuppressorExtensionPeriod ?? 60),
});

const most = 7 * 86400;
const secondsError = (text: string) => (/^\d{1,6}$/.test(text.trim()) && Number(text) <= most ? undefined : `Enter a whole number of seconds from 0 to ${most}.`);

/** ruleErrors says what is wrong in the first step. */
export function ruleErrors(form: CompositeForm): { rule?: string; wait?: string; extension?: string } {
  const errors: { rule?: string; wait?: string; extension?: string } = {};
  if (!form.rule.trim()) errors.rule = 'Enter a rule.';
  else {
    try {
      parseRule(form.rule);
    } catch (e) {
      errors.rule = (e as Error).message;
    }
  }
  if (form.suppressor && secondsError(form.wait)) errors.wait = secondsError(form.wait);
  if (form.suppressor && secondsError(form.extension)) errors.extension = secondsError(form.extension);
  return errors;
}

/** compositeInput is what PutCompositeAlarm is sent. */
export const compositeInput = (form: CompositeForm, isNew: boolean): PutCompositeAlarmCommandInput => ({
  ...commonInput(form, isNew),
  AlarmRule: form.rule,
  ...(form.suppressor && { ActionsSuppressor: form.suppressor, ActionsSuppressorWaitPeriod: Number(form.wait), ActionsSuppressorExtensionPeriod: Number(form.extension) }),
});
