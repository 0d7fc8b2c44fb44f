// The overview: what somebody who looks after keys wants to know first.
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import { useGo } from '../app/region';
import { useIdentity } from '../app/session';
import { Page } from '../ui/Page';
import { Alarms } from './Alarms';
import { DeniedCalls } from './Denied';
import { Keys } from './Keys';
import { Nodes } from './Nodes';
import { StoreHealth } from './Stores';

export default function Overview() {
  const me = useIdentity();
  const go = useGo();
  return (
    <Page
      title="Overview"
      description={`Account ${me.account}${me.accountAlias ? ` (${me.accountAlias})` : ''}`}
      actions={
        <Button variant="primary" onClick={() => go('/kms/keys/create')}>
          Create key
        </Button>
      }
    >
      <Keys />
      <ColumnLayout columns={2}>
        <Alarms />
        <StoreHealth />
      </ColumnLayout>
      <DeniedCalls />
      <Nodes />
    </Page>
  );
}
