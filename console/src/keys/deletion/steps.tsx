// Steps that are made one after the other, and go on from where one has failed.
import Box from '@cloudscape-design/components/box';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useRef, useState } from 'react';
import { codeOf, messageOf, requestOf } from '../../ui/ErrorNote';
import type { Step } from './setup';

type Outcome = { at: 'busy' } | { at: 'done'; requestId?: string; note?: string } | { at: 'failed'; error: unknown };

export interface Run {
  outcomes: Readonly<Record<string, Outcome>>;
  busy: boolean;
  /** go makes the steps that are not done yet, until one fails, and tells whether all are done. */
  go: (steps: readonly Step[]) => Promise<boolean>;
}

export function useSteps(): Run {
  const [outcomes, setOutcomes] = useState<Readonly<Record<string, Outcome>>>({});
  const [busy, setBusy] = useState(false);
  const known = useRef(outcomes);
  const note = (id: string, outcome: Outcome) => {
    known.current = { ...known.current, [id]: outcome };
    setOutcomes(known.current);
  };
  const go = async (steps: readonly Step[]) => {
    setBusy(true);
    try {
      for (const step of steps) {
        if (known.current[step.id]?.at === 'done') continue;
        note(step.id, { at: 'busy' });
        try {
          note(step.id, { at: 'done', ...(await step.run()) });
        } catch (error) {
          note(step.id, { at: 'failed', error });
          return false;
        }
      }
      return true;
    } finally {
      setBusy(false);
    }
  };
  return { outcomes, busy, go };
}

/** StepList shows how far the steps are. */
export function StepList({ steps, outcomes }: { steps: readonly Step[]; outcomes: Run['outcomes'] }) {
  return (
    <ol aria-label="Steps of the set-up" aria-live="polite">
      {steps.map((s) => {
        const o = outcomes[s.id];
        return (
          <li key={s.id}>
            <StatusIndicator type={!o ? 'pending' : o.at === 'busy' ? 'in-progress' : o.at === 'done' ? 'success' : 'error'}>{s.title}</StatusIndicator>
            {o?.at === 'done' && (
              <Box variant="small" display="block">
                {o.note} {o.requestId && <>Request ID: {o.requestId}</>}
              </Box>
            )}
            {o?.at === 'failed' && (
              <Box variant="small" display="block">
                {codeOf(o.error)}: {messageOf(o.error)} {requestOf(o.error) && <>Request ID: {requestOf(o.error)}</>}
              </Box>
            )}
          </li>
        );
      })}
    </ol>
  );
}
