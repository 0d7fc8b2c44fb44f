import { useState } from 'react';
import { done } from '../app/flash';
import { Confirm } from '../ui/Confirm';
import { ChoosePolicies } from './choose';
import { usePolicies, type Holder } from './lists';

/** AttachPolicies attaches managed policies to a user, a group or a role. */
export function AttachPolicies({ holder, name, attached, onClose, onDone }: { holder: Holder; name: string; attached: readonly string[]; onClose: () => void; onDone: () => void }) {
  const policies = usePolicies();
  const [chosen, setChosen] = useState<string[]>([]);
  return (
    <Confirm
      title={`Attach policies to ${name}`}
      action="Attach policies"
      size="large"
      disabled={chosen.length === 0}
      onClose={onClose}
      onConfirm={async () => {
        let last;
        try {
          for (const arn of chosen) last = await holder.attach(arn);
        } finally {
          onDone();
        }
        done(chosen.length === 1 ? `1 policy was attached to ${name}.` : `${chosen.length} policies were attached to ${name}.`, last);
      }}
    >
      <ChoosePolicies policies={policies} chosen={chosen} onChange={setChosen} without={attached} title="Other permissions policies" />
    </Confirm>
  );
}
