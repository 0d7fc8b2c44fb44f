// What in a policy may be a slip: services that are not served here, actions that do not exist.
import { actions, partial } from './actions.ts';
import { statementsOf, strings } from './policy-check.ts';
import { matches } from './wildcard.ts';

/** actionWarning says what is odd about an action, or a pattern of actions. */
export function actionWarning(action: string): string | undefined {
  if (action === '*') return undefined;
  const [service, name] = action.split(':');
  if (!name) return undefined;
  const known = [...Object.keys(actions), ...partial].filter((s) => matches(service, s));
  if (known.length === 0) return `The service “${service}” is not served here; “${action}” allows or denies nothing.`;
  if (known.some((s) => partial.has(s))) return undefined;
  return known.some((s) => actions[s].some((a) => matches(name, a))) ? undefined : `There is no action “${action}”.`;
}

/** policyWarnings says what may be a slip in a policy. */
export function policyWarnings(text: string): string[] {
  const found = statementsOf(text).flatMap((s) => {
    const { Action, NotAction } = (typeof s === 'object' && s ? s : {}) as Record<string, unknown>;
    return strings(Action ?? NotAction ?? []).flatMap((a) => actionWarning(a) ?? []);
  });
  return [...new Set(found)];
}
