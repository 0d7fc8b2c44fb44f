// The editor for a policy's JSON: it says what is wrong and what may be a slip, and shows the
// service's own word for what it refuses beside the text.
import SpaceBetween from '@cloudscape-design/components/space-between';
import { codeOf } from '../ui/ErrorNote';
import { jsonError, JsonEditor } from '../ui/JsonEditor';
import { policyError, type Kind } from './policy-check';
import { policyWarnings } from './policy-warnings';

/** aboutPolicy tells errors about the text of a policy from others. */
export const aboutPolicy = (error: unknown) =>
  !!error && (/^(MalformedPolicyDocument|PolicyNotAttachable)/.test(codeOf(error)) || (/^InvalidInput/.test(codeOf(error)) && refusedPolicy(error) !== undefined));

/** refusedPolicy is what the simulator calls the policy that it refuses. */
export const refusedPolicy = (error: unknown) => /^Policy (\S+) is not valid: /.exec((error as Error).message)?.[1];

/** usable says whether a text is worth asking the service about. */
export const usable = (text: string, kind: Kind, limit?: number) => !jsonError(text) && !policyError(text, kind, limit);

interface Props {
  text: string;
  onChange: (text: string) => void;
  label?: string;
  kind?: Kind;
  limit?: number;
  rows?: number;
  /** somebody has tried to go on: an empty text is said to be one */
  tried?: boolean;
  /** what the service has refused, until the text changes */
  refused?: unknown;
  description?: string;
}

export function PolicyEditor({ text, onChange, label = 'Policy document', kind = 'identity', limit, rows = 18, tried, refused, description }: Props) {
  const untouched = text === newPolicy && !tried;
  const wrong = untouched ? undefined : policyError(text, kind, limit) ?? (tried && text === '' ? jsonError(text) : undefined);
  const service = aboutPolicy(refused) ? `${codeOf(refused)}: ${(refused as Error).message}` : undefined;
  const warnings = policyWarnings(text);
  return (
    <JsonEditor
      label={label}
      description={description}
      value={text}
      onChange={onChange}
      rows={rows}
      error={wrong ?? service}
      warning={
        warnings.length > 0 && (
          <SpaceBetween size="xxs">
            {warnings.map((w) => (
              <div key={w}>{w}</div>
            ))}
          </SpaceBetween>
        )
      }
    />
  );
}

/** newPolicy is what an empty editor begins with. */
export const newPolicy = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: [], Resource: [] }] }, null, 2);
