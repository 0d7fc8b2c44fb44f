// An address that is no screen's.
import Button from '@cloudscape-design/components/button';
import { Empty } from '../ui/Empty';
import { Page } from '../ui/Page';
import { useGo } from './region';

export function NoScreen() {
  const go = useGo();
  return (
    <Page title="Page not found">
      <Empty title="There is no screen at this address" hint="It may have been copied in part." action={<Button onClick={() => go('/')}>Go to the overview</Button>} />
    </Page>
  );
}
