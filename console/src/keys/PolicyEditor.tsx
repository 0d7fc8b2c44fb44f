// The text of a key policy, with what can be said of it, and the warning of being locked out.
import Alert from '@cloudscape-design/components/alert';
import Checkbox from '@cloudscape-design/components/checkbox';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useIdentity } from '../app/session';
import { JsonEditor } from '../ui/JsonEditor';
import { locksOut, policyError, policyLimit } from './policy-check';

interface Props {
  text: string;
  onChange: (text: string) => void;
  bypass: boolean;
  onBypass: (bypass: boolean) => void;
  /** the service has refused the policy because it locks out who puts it */
  refused?: boolean;
}

/** lockedOut is the service's own word for it. */
export const lockedOut = (error: Error | undefined) => error?.name === 'MalformedPolicyDocumentException' && error.message.includes('will not allow you to update the key policy');

export function PolicyEditor({ text, onChange, bypass, onBypass, refused }: Props) {
  const me = useIdentity();
  const warn = refused || locksOut(text, me.account, me.arn);
  return (
    <SpaceBetween size="m">
      <JsonEditor label="Key policy" value={text} onChange={onChange} error={policyError(text)} limit={policyLimit} rows={24} />
      {(warn || bypass) && (
        <Alert type="warning" header="You may lock yourself out of this key">
          <SpaceBetween size="xs">
            <div>With this policy you can’t change the key policy again, and the key may become unmanageable. The service refuses such a policy unless you bypass its check.</div>
            <Checkbox checked={bypass} onChange={(e) => onBypass(e.detail.checked)}>
              Bypass the policy lockout safety check (not recommended)
            </Checkbox>
          </SpaceBetween>
        </Alert>
      )}
    </SpaceBetween>
  );
}
