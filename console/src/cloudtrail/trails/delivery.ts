// What a trail needs to write into a log group: the group, and a role that may.
import { CloudWatchLogsClient, CreateLogGroupCommand, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, GetRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import type { TrailForm } from './form';

/** trustPolicy lets CloudTrail take on the role. */
const trustPolicy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'cloudtrail.amazonaws.com' }, Action: 'sts:AssumeRole' }] };

/** rolePolicy lets it write into the group's streams. */
export const rolePolicy = (groupArn: string) => ({
  Version: '2012-10-17',
  Statement: [{ Sid: 'AWSCloudTrailWriteLogStreams', Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: groupArn.replace(/:\*$/, ':log-stream:*') }],
});

/** isOurs tells whether a role is one that this form makes. */
async function isOurs(iam: IAMClient, name: string, arn: string): Promise<boolean> {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: name }));
  return Role?.Arn === arn && decodeURIComponent(Role.AssumeRolePolicyDocument ?? '') === JSON.stringify(trustPolicy);
}

/** prepareLogs makes what is missing, and returns what the trail is told. */
export async function prepareLogs(logs: CloudWatchLogsClient, iam: IAMClient, f: TrailForm, place: { region: string; account: string }): Promise<{ CloudWatchLogsLogGroupArn?: string; CloudWatchLogsRoleArn?: string }> {
  if (!f.logs) return {};
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: f.group, limit: 1 }));
  if (logGroups[0]?.logGroupName !== f.group) await logs.send(new CreateLogGroupCommand({ logGroupName: f.group }));
  const group = `arn:aws:logs:${place.region}:${place.account}:log-group:${f.group}:*`;
  if (!f.newRole) return { CloudWatchLogsLogGroupArn: group, CloudWatchLogsRoleArn: f.roleArn };
  const arn = `arn:aws:iam::${place.account}:role/service-role/${f.roleName}`;
  try {
    await iam.send(new CreateRoleCommand({ RoleName: f.roleName, Path: '/service-role/', AssumeRolePolicyDocument: JSON.stringify(trustPolicy), Description: 'Lets CloudTrail write events into a log group' }));
  } catch (error) {
    // A form that failed behind this is sent again: the role that it has made is there.
    if ((error as Error).name !== 'EntityAlreadyExistsException' || !(await isOurs(iam, f.roleName, arn))) throw error;
  }
  await iam.send(new PutRolePolicyCommand({ RoleName: f.roleName, PolicyName: `CloudTrailWrite-${f.group.replaceAll(/[^\w+=,.@-]/g, '-')}`.slice(0, 128), PolicyDocument: JSON.stringify(rolePolicy(group)) }));
  return { CloudWatchLogsLogGroupArn: group, CloudWatchLogsRoleArn: arn };
}
