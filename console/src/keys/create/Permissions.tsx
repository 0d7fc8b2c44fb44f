// Steps 3 and 4: who administers the key, and who uses it.
import Alert from '@cloudscape-design/components/alert';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useIdentity } from '../../app/session';
import { Accounts } from '../accounts';
import { PrincipalTable, type Principals } from '../principals';
import type { StepProps } from './CreateKey';

type Props = StepProps & { principals: Principals };

/** Kept says that choices do not reach a policy that was edited by hand. */
const Kept = ({ form }: Pick<Props, 'form'>) =>
  form.policy === undefined ? null : <Alert type="warning">You have edited the key policy. What you choose here changes it only if you reset it in the step Edit key policy.</Alert>;

export function Administrators({ form, change, principals }: Props) {
  return (
    <SpaceBetween size="l">
      <Kept form={form} />
      <PrincipalTable title="Key administrators" principals={principals} chosen={form.administrators} onChange={(administrators) => change({ administrators })} />
      <Container header={<Header variant="h2">Key deletion</Header>}>
        <Checkbox checked={form.deletion} onChange={(e) => change({ deletion: e.detail.checked })}>
          Allow key administrators to delete this key.
        </Checkbox>
      </Container>
    </SpaceBetween>
  );
}

export function Users({ form, change, principals, tried }: Props) {
  const me = useIdentity();
  return (
    <SpaceBetween size="l">
      <Kept form={form} />
      <PrincipalTable title="Key users" principals={principals} chosen={form.users} onChange={(users) => change({ users })} />
      <Container
        header={
          <Header variant="h2" description="Specify the AWS accounts that can use this key. Administrators of those accounts are responsible for the permissions that allow their users and roles to use it.">
            Other AWS accounts
          </Header>
        }
      >
        <Accounts ids={form.accounts} onChange={(accounts) => change({ accounts })} own={me.account} tried={tried ?? false} />
      </Container>
    </SpaceBetween>
  );
}
