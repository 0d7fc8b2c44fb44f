// Schedules the deletion of keys: what is lost, for how long it can be canceled, and an alarm for
// those who still need the keys.
import { CloudWatchClient, DescribeAlarmsForMetricCommand } from '@aws-sdk/client-cloudwatch';
import { GetKeyLastUsageCommand, KMSClient, ScheduleKeyDeletionCommand, type GetKeyLastUsageResponse, type KeyMetadata } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { atOnce, useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { Confirm } from '../../ui/Confirm';
import { codeOf, messageOf } from '../../ui/ErrorNote';
import { Loading } from '../../ui/Field';
import { Go } from '../../ui/Go';
import { Time } from '../../ui/Time';
import { metricName, metricNamespace } from './alarm';
import { changeEach } from './each';
import { lossesOf } from './warnings';

interface Props {
  keys: KeyMetadata[];
  onClose: () => void;
  /** called when keys have been scheduled, before onClose */
  onDone: () => void;
}

/** daysError says what is wrong with a waiting period. */
export const daysError = (days: string) => (/^\d+$/.test(days) && Number(days) >= 7 && Number(days) <= 30 ? undefined : 'Enter a whole number of days from 7 to 30.');

export function ScheduleDeletion({ keys, onClose, onDone }: Props) {
  const client = useClient(KMSClient);
  const go = useGo();
  const [days, setDays] = useState('30');
  const [sure, setSure] = useState(false);
  const [alarm, setAlarm] = useState(false);
  const wrong = daysError(days);
  const many = keys.length > 1;
  const schedule = async () => {
    await changeEach(keys, (k) => client.send(new ScheduleKeyDeletionCommand({ KeyId: k.KeyId, PendingWindowInDays: Number(days) })), {
      one: (k) => `Key ${k.KeyId} is scheduled for deletion`,
      many: (n) => `${n} keys are scheduled for deletion`,
      hint: `The waiting period has ${days} days. Until it ends, you can cancel the deletion.`,
      onDone,
    });
    if (alarm) go(`/kms/pending-deletion-alarm?key=${encodeURIComponent(keys[0].KeyId!)}`);
  };
  return (
    <Confirm
      size="large"
      title="Schedule key deletion"
      action="Schedule deletion"
      disabled={!!wrong || !sure}
      onClose={onClose}
      onConfirm={schedule}
      warning={
        <>
          <b>Deleting a KMS key is destructive and potentially dangerous.</b> It can’t be undone after the waiting period. If you are not sure that{' '}
          {many ? 'nobody needs the keys' : 'nobody needs the key'}, disable {many ? 'them' : 'it'} instead.
        </>
      }
    >
      <SpaceBetween size="l">
        <Losses keys={keys} />
        <LastUsage keys={keys} />
        <FormField
          label="Waiting period (in days)"
          description="The deletion can be canceled until the waiting period ends. During it, the key can’t be used, and its status is Pending deletion."
          constraintText="Enter a value from 7 to 30. The default is 30."
          errorText={wrong}
        >
          <Input value={days} type="number" inputMode="numeric" step={1} onChange={(e) => setDays(e.detail.value)} autoComplete={false} />
        </FormField>
        <AlarmOffer chosen={alarm} onChange={setAlarm} keyId={keys[0]?.KeyId} />
        <Checkbox checked={sure} onChange={(e) => setSure(e.detail.checked)}>
          Confirm that you want to schedule {many ? `these ${keys.length} keys` : 'this key'} for deletion after a {wrong ? '…' : days} day waiting period.
        </Checkbox>
      </SpaceBetween>
    </Confirm>
  );
}

/** Losses says what is lost: once for what is the same for all keys. */
function Losses({ keys }: { keys: readonly KeyMetadata[] }) {
  const losses = new Map<string, string[]>();
  for (const k of keys) for (const l of lossesOf(k)) losses.set(l, [...(losses.get(l) ?? []), k.KeyId!]);
  return (
    <div>
      <Box variant="awsui-key-label">What deleting {keys.length > 1 ? 'the keys' : 'the key'} means</Box>
      <ul>
        {[...losses].map(([text, of]) => (
          <li key={text}>
            {of.length < keys.length && <>{of.join(', ')}: </>}
            {text}
          </li>
        ))}
        <li>Its policy, grants and tags, and the aliases that point at it, are deleted with it. No new key can take its ID.</li>
      </ul>
    </div>
  );
}

type Usage = { key: KeyMetadata; usage?: GetKeyLastUsageResponse; error?: unknown };

function LastUsage({ keys }: { keys: readonly KeyMetadata[] }) {
  const client = useClient(KMSClient);
  const ids = keys.map((k) => k.KeyId).join(' ');
  const { data } = useLoad(
    (signal) =>
      atOnce(keys, async (key): Promise<Usage> => {
        try {
          return { key, usage: await client.send(new GetKeyLastUsageCommand({ KeyId: key.KeyId }), { abortSignal: signal }) };
        } catch (error) {
          return { key, error };
        }
      }),
    [client, ids],
  );
  return (
    <div>
      <Box variant="awsui-key-label">Last usage</Box>
      {!data && <Loading lines={1} />}
      {data && (
        <ul>
          {data.map(({ key, usage, error }) => (
            <li key={key.KeyId}>
              {key.KeyId}: {error ? `${codeOf(error)}: ${messageOf(error)}` : <Used usage={usage!} />}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function Used({ usage }: { usage: GetKeyLastUsageResponse }) {
  const last = usage.KeyLastUsage;
  if (last?.Timestamp) {
    return (
      <>
        {last.Operation}, <Time at={last.Timestamp} />
      </>
    );
  }
  return (
    <>
      not used since <Time at={usage.TrackingStartDate} />
    </>
  );
}

/** AlarmOffer offers the alarm for use of keys that wait for deletion, or says that there is one. */
function AlarmOffer({ chosen, onChange, keyId }: { chosen: boolean; onChange: (chosen: boolean) => void; keyId: string | undefined }) {
  const watch = useClient(CloudWatchClient);
  const { data } = useLoad((signal) => watch.send(new DescribeAlarmsForMetricCommand({ Namespace: metricNamespace, MetricName: metricName }), { abortSignal: signal }), [watch]);
  const there = data?.MetricAlarms ?? [];
  return (
    <Alert type="info" header="Find out who still needs the key">
      <SpaceBetween size="xs">
        <div>An Amazon CloudWatch alarm can send mail when somebody tries to use a key that is pending deletion, while you can still cancel it.</div>
        {there.map((a) => (
          <StatusIndicator key={a.AlarmName} type={a.ActionsEnabled && a.AlarmActions?.length ? 'success' : 'warning'}>
            <Go to={`/cloudwatch/alarms/${encodeURIComponent(a.AlarmName!)}`}>{a.AlarmName!}</Go>{' '}
            {a.ActionsEnabled && a.AlarmActions?.length ? 'watches for it.' : 'watches for it, but notifies nobody.'}
          </StatusIndicator>
        ))}
        <Checkbox checked={chosen} onChange={(e) => onChange(e.detail.checked)}>
          Create {there.length > 0 ? 'another' : 'the'} alarm next
        </Checkbox>
        <Go to={`/kms/pending-deletion-alarm${keyId ? `?key=${encodeURIComponent(keyId)}` : ''}`}>Create the alarm before scheduling the deletion</Go>
      </SpaceBetween>
    </Alert>
  );
}
