// The screens that make and change alarms. What a new alarm watches may come from the address:
// graph/spec/address.ts writes it.
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import Alert from '@cloudscape-design/components/alert';
import { useMemo } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { useClient } from '../app/client';
import { useLoad } from '../app/load';
import { decodeAlarm } from '../graph';
import { ErrorNote } from '../ui/ErrorNote';
import { Loading } from '../ui/Field';
import { Go } from '../ui/Go';
import { Page, type Crumb } from '../ui/Page';
import { alarmNamed, alarmScreen, type Alarm } from './alarms/api';
import { compositeOf, type CompositeForm } from './alarms/wizard/composite';
import { CompositeAlarmWizard } from './alarms/wizard/CompositeAlarmWizard';
import { emptyCommon, formOfAlarm, formOfDraft } from './alarms/wizard/form';
import { MetricAlarmWizard } from './alarms/wizard/MetricAlarmWizard';

const alarms: Crumb = { text: 'Alarms', path: '/cloudwatch/alarms' };

/** useAlarm reads the alarm that is changed or copied. */
function useAlarm(name: string | undefined) {
  const client = useClient(CloudWatchClient);
  return useLoad(name === undefined ? undefined : (signal) => alarmNamed(client, name, signal).then((alarm) => ({ alarm })), [client, name]);
}

function Waiting({ name, loaded }: { name: string; loaded: ReturnType<typeof useAlarm> }) {
  if (loaded.error) return <ErrorNote error={loaded.error} retry={loaded.reload} />;
  if (!loaded.data) return <Loading lines={6} />;
  return (
    <Alert type="error" header="There is no alarm of this name">
      {name} may have been deleted, or be in another Region. See <Go to="/cloudwatch/alarms">all alarms</Go>.
    </Alert>
  );
}

const copyOf = <F extends { name: string }>(form: F): F => ({ ...form, name: `${form.name.slice(0, 250)}-copy` });

/** CreateAlarm is the wizard with what the address hands over: a graph, a threshold, or an alarm to copy. */
export function CreateAlarm() {
  const [search] = useSearchParams();
  const copy = search.get('copy') ?? undefined;
  const copied = useAlarm(copy);
  const address = search.toString();
  const start = useMemo(() => formOfDraft(decodeAlarm(new URLSearchParams(address))), [address]);
  const from = copied.data?.alarm;
  // A path of the console and nothing else.
  const back = search.get('back')?.startsWith('/') ? search.get('back')! : undefined;
  return (
    <Page title="Create alarm" above={[alarms]}>
      {copy === undefined && <MetricAlarmWizard start={start} isNew back={back} />}
      {copy !== undefined && !from?.metric && <Waiting name={copy} loaded={copied} />}
      {from?.metric && <MetricAlarmWizard start={copyOf(formOfAlarm(from))} isNew />}
    </Page>
  );
}

/** CreateCompositeAlarm begins with the alarms that the address names. */
export function CreateCompositeAlarm() {
  const [search] = useSearchParams();
  const copy = search.get('copy') ?? undefined;
  const copied = useAlarm(copy);
  const from = copied.data?.alarm;
  const start: CompositeForm = {
    ...emptyCommon,
    rule: search.getAll('alarm').map((n) => `ALARM("${n}")`).join(' OR\n'),
    suppressor: '',
    wait: '60',
    extension: '60',
  };
  return (
    <Page title="Create composite alarm" above={[alarms]}>
      {copy === undefined && <CompositeAlarmWizard start={start} isNew />}
      {copy !== undefined && !from?.composite && <Waiting name={copy} loaded={copied} />}
      {from?.composite && <CompositeAlarmWizard start={copyOf(compositeOf(from))} isNew />}
    </Page>
  );
}

/** EditAlarm changes an alarm of either kind. */
export function EditAlarm() {
  const { name = '' } = useParams();
  const loaded = useAlarm(name);
  const alarm: Alarm | undefined = loaded.data?.alarm;
  return (
    <Page title="Edit alarm" above={[alarms, { text: name, path: alarmScreen(name) }]}>
      {!alarm && <Waiting name={name} loaded={loaded} />}
      {alarm?.metric && <MetricAlarmWizard start={formOfAlarm(alarm)} isNew={false} />}
      {alarm?.composite && <CompositeAlarmWizard start={compositeOf(alarm)} isNew={false} />}
    </Page>
  );
}
