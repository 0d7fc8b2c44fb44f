// One log stream with its events.
import { useParams, useSearchParams } from 'react-router';
import { NoScreen } from '../app/NoScreen';
import { Page } from '../ui/Page';
import { inGroup } from './places';
import { Search } from './Search';

export default function StreamPage() {
  const { group = '' } = useParams();
  const [search] = useSearchParams();
  const stream = search.get('name');
  if (!stream) return <NoScreen />;
  return (
    <Page title={stream} above={inGroup(group)} description={`Log stream of ${group}`}>
      <Search key={stream} group={group} stream={stream} usual="30d" />
    </Page>
  );
}
