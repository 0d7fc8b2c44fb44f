// One alarm.
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useParams, useSearchParams } from 'react-router';
import { useClient } from '../../app/client';
import { useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { metricsPath, useAddressedControls } from '../../graph';
import { ErrorNote } from '../../ui/ErrorNote';
import { Loading } from '../../ui/Field';
import { Go } from '../../ui/Go';
import { Page } from '../../ui/Page';
import { AlarmActions } from './AlarmActions';
import { AlarmActionList, AlarmDetails, Relatives } from './AlarmDetails';
import { AlarmGraph } from './AlarmGraph';
import { AlarmHistory } from './AlarmHistory';
import { AlarmState } from './AlarmState';
import { AlarmTags } from './AlarmTags';
import { alarmNamed } from './api';
import { queriesOf } from './spec';

const above = [{ text: 'Alarms', path: '/cloudwatch/alarms' }];

export function AlarmPage() {
  const { name = '' } = useParams();
  const client = useClient(CloudWatchClient);
  const go = useGo();
  const [search, setSearch] = useSearchParams();
  const controls = useAddressedControls();
  const alarm = useLoad((signal) => alarmNamed(client, name, signal).then((found) => ({ found })), [client, name, controls.turn]);
  const { range, turn } = controls;
  // What is read again after a change: all of the screen, graph and history too.
  const reload = () => controls.reload();
  const a = alarm.data?.found;
  if (!a) {
    return (
      <Page title={name} above={above}>
        <ErrorNote error={alarm.error} retry={alarm.reload} />
        {alarm.loading && <Loading lines={6} />}
        {alarm.data && !alarm.loading && (
          <Alert type="error" header="There is no alarm of this name">
            It may have been deleted, or be in another Region. See <Go to="/cloudwatch/alarms">all alarms</Go>.
          </Alert>
        )}
      </Page>
    );
  }
  const content = {
    details: <AlarmDetails alarm={a} />,
    children: <Relatives alarm={a} children={true} />,
    tags: <AlarmTags arn={a.arn} />,
    actions: <AlarmActionList alarm={a} />,
    history: <AlarmHistory name={a.name} turn={turn} />,
    parents: <Relatives alarm={a} children={false} />,
  };
  const tabs = [
    { id: 'details', label: 'Details' },
    ...(a.composite ? [{ id: 'children', label: 'Child alarms' }] : []),
    { id: 'tags', label: 'Tags' },
    { id: 'actions', label: 'Actions' },
    { id: 'history', label: 'History' },
    { id: 'parents', label: 'Parent alarms' },
  ].map((t) => ({ ...t, content: content[t.id as keyof typeof content] }));
  const tab = tabs.some((t) => t.id === search.get('tab')) ? search.get('tab')! : 'details';
  return (
    <Page
      title={a.name}
      above={above}
      description={<AlarmState state={a.state} />}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button iconName="refresh" ariaLabel="Refresh alarm" loading={alarm.loading} onClick={reload} />
          {a.metric && <Button onClick={() => go(metricsPath({ title: a.name, queries: queriesOf(a.metric!) }, range))}>View in metrics</Button>}
          <AlarmActions alarms={[a]} onChanged={reload} onDeleted={() => go('/cloudwatch/alarms')} />
        </SpaceBetween>
      }
    >
      <ErrorNote error={alarm.error} retry={alarm.reload} />
      <AlarmGraph alarm={a} controls={controls} />
      <Tabs
        ariaLabel="About the alarm"
        activeTabId={tab}
        tabs={tabs}
        onChange={(e) => setSearch((s) => (s.set('tab', e.detail.activeTabId), s), { replace: true })}
      />
    </Page>
  );
}
