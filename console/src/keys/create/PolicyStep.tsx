// Step 5: the policy itself.
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useIdentity } from '../../app/session';
import { PolicyEditor } from '../PolicyEditor';
import type { StepProps } from './CreateKey';
import { usualPolicy } from './model';

export function PolicyStep({ form, change, refused }: StepProps & { refused: boolean }) {
  const me = useIdentity();
  const made = usualPolicy(form, me.account);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="The policy follows from your choices. You can change it here."
          actions={
            <Button disabled={form.policy === undefined} onClick={() => change({ policy: undefined })}>
              Reset to your choices
            </Button>
          }
        >
          Key policy
        </Header>
      }
    >
      <PolicyEditor text={form.policy ?? made} onChange={(policy) => change({ policy: policy === made ? undefined : policy })} bypass={form.bypass} onBypass={(bypass) => change({ bypass })} refused={refused} />
    </Container>
  );
}
