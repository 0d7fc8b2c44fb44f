// The steps that set the alarm up. Each can be made again: what is there already stays.
import { CloudTrailClient, CreateTrailCommand, StartLoggingCommand, UpdateTrailCommand } from '@aws-sdk/client-cloudtrail';
import { CloudWatchClient, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, CreateLogGroupCommand, PutMetricFilterCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { codeOf } from '../../ui/ErrorNote';
import { filterName, metricName, metricNamespace, pattern, usual, type AlarmPlan, type Events } from './alarm';

export interface Clients {
  trails: CloudTrailClient;
  watch: CloudWatchClient;
  logs: CloudWatchLogsClient;
  iam: IAMClient;
  sns: SNSClient;
}

export interface Place {
  partition: string;
  region: string;
  account: string;
}

export interface Step {
  /** tells the step from others; with other values it is another step */
  id: string;
  title: string;
  run: () => Promise<{ requestId?: string; note?: string }>;
}

interface Answer {
  $metadata: { requestId?: string };
}

const id = (answer: Answer) => ({ requestId: answer.$metadata.requestId });

/** unless makes something unless an error says that it is there already. */
async function unless(there: string, make: () => Promise<Answer>) {
  try {
    return id(await make());
  } catch (error) {
    if (codeOf(error) !== there) throw error;
    return { ...id(error as Answer), note: 'It was there already.' };
  }
}

const arn = (p: Place, service: string, region: string, rest: string) => `arn:${p.partition}:${service}:${region}:${p.account}:${rest}`;

/**
 * trust and access are the documents of the role with which CloudTrail writes into a log group.
 *
 * Source: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-required-policy-for-cloudwatch-logs.html
 */
const trust = (p: Place) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'cloudtrail.amazonaws.com' }, Action: 'sts:AssumeRole', Condition: { StringEquals: { 'aws:SourceAccount': p.account } } }],
  });

const access = (p: Place, group: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: arn(p, 'logs', p.region, `log-group:${group}:log-stream:${p.account}_CloudTrail_*`) },
    ],
  });

function eventSteps({ trails, logs, iam }: Clients, p: Place, events: Events): Step[] {
  const trail = events.kind === 'new' ? events.trail : events.trailArn;
  const start: Step = { id: `start ${trail}`, title: `Start logging of the trail`, run: async () => id(await trails.send(new StartLoggingCommand({ Name: trail }))) };
  if (events.kind === 'existing') return events.logging ? [] : [start];
  const { group } = events;
  const delivery = { CloudWatchLogsLogGroupArn: arn(p, 'logs', p.region, `log-group:${group}:*`), CloudWatchLogsRoleArn: arn(p, 'iam', '', `role/${usual.role}`) };
  return [
    { id: `group ${group}`, title: `Create log group ${group}`, run: () => unless('ResourceAlreadyExistsException', () => logs.send(new CreateLogGroupCommand({ logGroupName: group }))) },
    {
      id: 'role',
      title: `Create role ${usual.role}, with which CloudTrail writes into the log group`,
      run: () => unless('EntityAlreadyExistsException', () => iam.send(new CreateRoleCommand({ RoleName: usual.role, AssumeRolePolicyDocument: trust(p), Description: 'Lets CloudTrail write into a log group' }))),
    },
    {
      id: `role policy ${group}`,
      title: 'Let the role write into the log group',
      run: async () => id(await iam.send(new PutRolePolicyCommand({ RoleName: usual.role, PolicyName: `logs-${group}`.replace(/[^\w+=,.@-]/g, '-').slice(0, 128), PolicyDocument: access(p, group) }))),
    },
    events.kind === 'attach'
      ? { id: `attach ${trail} ${group}`, title: 'Let the trail deliver to the log group', run: async () => id(await trails.send(new UpdateTrailCommand({ Name: trail, ...delivery }))) }
      : {
          id: `trail ${trail} ${events.bucket} ${group}`,
          title: `Create trail ${trail}, of all Regions, that delivers to the log group`,
          run: async () =>
            id(await trails.send(new CreateTrailCommand({ Name: trail, S3BucketName: events.bucket, IsMultiRegionTrail: true, IncludeGlobalServiceEvents: true, EnableLogFileValidation: true, ...delivery }))),
        },
    ...(events.kind === 'attach' && events.logging ? [] : [start]),
  ];
}

/** stepsOf lists all steps of a plan, in order. */
export function stepsOf(clients: Clients, p: Place, plan: AlarmPlan): Step[] {
  const { logs, sns, watch } = clients;
  const { events, notify, name, threshold, period } = plan;
  const topic = notify.kind === 'new' ? arn(p, 'sns', p.region, notify.topic) : notify.topic;
  const filter = {
    logGroupName: events.group,
    filterName,
    filterPattern: pattern,
    metricTransformations: [{ metricName, metricNamespace, metricValue: '1' }],
  };
  const alarm = {
    AlarmName: name,
    AlarmDescription: 'A KMS key that is pending deletion was to be used. Somebody may still need it.',
    Namespace: metricNamespace,
    MetricName: metricName,
    Statistic: 'Sum' as const,
    Period: period,
    EvaluationPeriods: 1,
    DatapointsToAlarm: 1,
    Threshold: threshold,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold' as const,
    TreatMissingData: 'notBreaching',
    ActionsEnabled: true,
    AlarmActions: [topic],
  };
  return [
    ...eventSteps(clients, p, events),
    { id: `filter ${events.group}`, title: `Create metric filter ${filterName}`, run: async () => id(await logs.send(new PutMetricFilterCommand(filter))) },
    ...(notify.kind === 'new' ? [{ id: `topic ${topic}`, title: `Create SNS topic ${notify.topic}`, run: async () => id(await sns.send(new CreateTopicCommand({ Name: notify.topic }))) }] : []),
    ...notify.emails.map((email) => ({
      id: `subscribe ${topic} ${email}`,
      title: `Subscribe ${email}`,
      run: async () => ({ ...id(await sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'email', Endpoint: email }))), note: 'A message with a link to confirm the subscription has been sent.' }),
    })),
    { id: `alarm ${name} ${threshold} ${period} ${topic}`, title: `Create alarm ${name}`, run: async () => id(await watch.send(new PutMetricAlarmCommand(alarm))) },
  ];
}
