// The log group that a trail writes to, in forms.
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import Autosuggest from '@cloudscape-design/components/autosuggest';
import Checkbox from '@cloudscape-design/components/checkbox';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useClient } from '../../app/client';
import { useLoad } from '../../app/load';
import { useRegion } from '../../app/region';
import { useIdentity } from '../../app/session';
import { JsonView } from '../../ui/JsonEditor';
import { rolePolicy } from './delivery';
import type { PartProps } from './GeneralFields';

export function LogsFields({ form, onChange, errors }: PartProps) {
  const logs = useClient(CloudWatchLogsClient);
  const region = useRegion();
  const { account } = useIdentity();
  const groups = useLoad((signal) => logs.send(new DescribeLogGroupsCommand({ limit: 50 }), { abortSignal: signal }), [logs]);
  return (
    <SpaceBetween size="l">
      <Checkbox checked={form.logs} onChange={(e) => onChange({ logs: e.detail.checked })} description="Events come to a log group too, where metric filters can count them.">
        CloudWatch Logs
      </Checkbox>
      {form.logs && (
        <>
          <FormField label="Log group name" description="A group that is there, or a new one: it is created if it does not exist." errorText={errors.group}>
            <Autosuggest
              value={form.group}
              options={(groups.data?.logGroups ?? []).map((g) => ({ value: g.logGroupName! }))}
              enteredTextLabel={(v) => `Use: "${v}"`}
              onChange={(e) => onChange({ group: e.detail.value })}
              empty="No log groups yet"
            />
          </FormField>
          <FormField label="IAM role">
            <RadioGroup
              value={form.newRole ? 'new' : 'existing'}
              onChange={(e) => onChange({ newRole: e.detail.value === 'new' })}
              items={[
                { value: 'new', label: 'New', description: 'The role is created with a policy that lets CloudTrail write into this log group.' },
                { value: 'existing', label: 'Existing' },
              ]}
            />
          </FormField>
          {form.newRole ? (
            <>
              <FormField label="Role name" errorText={errors.roleName}>
                <Input value={form.roleName} onChange={(e) => onChange({ roleName: e.detail.value.trim() })} autoComplete={false} />
              </FormField>
              <ExpandableSection headerText="Policy document">
                <JsonView text={JSON.stringify(rolePolicy(`arn:aws:logs:${region}:${account}:log-group:${form.group}:*`))} />
              </ExpandableSection>
            </>
          ) : (
            <FormField label="Role ARN" errorText={errors.roleArn}>
              <Input value={form.roleArn} onChange={(e) => onChange({ roleArn: e.detail.value.trim() })} placeholder="arn:aws:iam::111122223333:role/…" autoComplete={false} />
            </FormField>
          )}
        </>
      )}
    </SpaceBetween>
  );
}
