// Sets up the alarm for use of keys that are pending deletion, from the trail to the mail.
import { CloudTrailClient, DescribeTrailsCommand, GetTrailStatusCommand } from '@aws-sdk/client-cloudtrail';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { IAMClient } from '@aws-sdk/client-iam';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { useSearchParams } from 'react-router';
import { useClient } from '../../app/client';
import { atOnce, everything, useLoad } from '../../app/load';
import { useRegion } from '../../app/region';
import { ErrorNote } from '../../ui/ErrorNote';
import { Loading } from '../../ui/Field';
import { Page } from '../../ui/Page';
import { AlarmForm, type Found } from './AlarmForm';
import type { Clients } from './setup';

export default function AlarmSetup() {
  const [search] = useSearchParams();
  const key = search.get('key') ?? undefined;
  const region = useRegion();
  const clients: Clients = {
    trails: useClient(CloudTrailClient),
    watch: useClient(CloudWatchClient),
    logs: useClient(CloudWatchLogsClient),
    iam: useClient(IAMClient),
    sns: useClient(SNSClient),
  };
  const { trails, watch, sns } = clients;
  const { data, error, reload } = useLoad((signal) => find(trails, watch, sns, region, signal), [trails, watch, sns, region]);
  return (
    <Page
      title="Create pending-deletion alarm"
      above={[{ text: 'Customer managed keys', path: '/kms/keys' }, ...(key ? [{ text: key, path: `/kms/keys/${key}` }] : [])]}
      description="An alarm that tells you when somebody tries to use a KMS key that is pending deletion. It watches all keys of this account, in the Regions whose events the trail delivers."
    >
      <ErrorNote error={error} retry={reload} />
      {!data && !error && <Loading lines={8} />}
      {data && <AlarmForm clients={clients} found={data} keyId={key} />}
    </Page>
  );
}

/** find looks what there is that the alarm can use. */
async function find(trails: CloudTrailClient, watch: CloudWatchClient, sns: SNSClient, region: string, signal: AbortSignal): Promise<Found> {
  const options = { abortSignal: signal };
  const [{ trailList = [] }, alarms, topics] = await Promise.all([
    trails.send(new DescribeTrailsCommand({}), options),
    everything(async (NextToken) => {
      const page = await watch.send(new DescribeAlarmsCommand({ NextToken, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }), options);
      return { items: [...(page.MetricAlarms ?? []), ...(page.CompositeAlarms ?? [])].map((a) => a.AlarmName!), next: page.NextToken };
    }, signal),
    everything(async (NextToken) => {
      const page = await sns.send(new ListTopicsCommand({ NextToken }), options);
      return { items: page.Topics?.map((t) => t.TopicArn!), next: page.NextToken };
    }, signal),
  ]);
  const all = await atOnce(trailList, async (t) => ({ ...t, logging: (await trails.send(new GetTrailStatusCommand({ Name: t.TrailARN }), options)).IsLogging === true }));
  const here = (arn: string | undefined) => arn?.split(':')[3] === region;
  return {
    delivering: all.filter((t) => here(t.CloudWatchLogsLogGroupArn)),
    others: all.filter((t) => !t.CloudWatchLogsLogGroupArn && t.HomeRegion === region),
    trailNames: all.filter((t) => t.HomeRegion === region).map((t) => t.Name!),
    alarms,
    topics,
  };
}
