// What is changed about a log group: retention, key, and its end.
import {
  AssociateKmsKeyCommand,
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DisassociateKmsKeyCommand,
  PutRetentionPolicyCommand,
  type LogGroup,
} from '@aws-sdk/client-cloudwatch-logs';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import { useState } from 'react';
import { useClient } from '../app/client';
import { done } from '../app/flash';
import { Confirm } from '../ui/Confirm';
import { keyArnError, retentionOptions, retentionText } from './groups';

interface Props {
  group: LogGroup;
  onDone: () => void;
  onClose: () => void;
}

export function EditRetention({ group, onDone, onClose }: Props) {
  const logs = useClient(CloudWatchLogsClient);
  const [days, setDays] = useState(String(group.retentionInDays ?? 0));
  const logGroupName = group.logGroupName!;
  const save = async () => {
    const retentionInDays = Number(days);
    const result = await (retentionInDays === 0 ? logs.send(new DeleteRetentionPolicyCommand({ logGroupName })) : logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays })));
    done(`Retention of ${logGroupName} set: ${retentionText(retentionInDays)}`, result);
    onDone();
  };
  return (
    <Confirm title="Edit log group retention" action="Save" onConfirm={save} onClose={onClose} warning={Number(days) > 0 && (!group.retentionInDays || Number(days) < group.retentionInDays) ? 'Log events that are older are deleted for good.' : undefined}>
      <FormField label="Expire events after" description={logGroupName}>
        <Select options={retentionOptions} selectedOption={retentionOptions.find((o) => o.value === days) ?? null} onChange={(e) => setDays(e.detail.selectedOption.value!)} />
      </FormField>
    </Confirm>
  );
}

export function EditKey({ group, onDone, onClose }: Props) {
  const logs = useClient(CloudWatchLogsClient);
  const [arn, setArn] = useState(group.kmsKeyId ?? '');
  const [tried, setTried] = useState(false);
  const logGroupName = group.logGroupName!;
  const error = arn === '' ? undefined : keyArnError(arn);
  const save = async () => {
    setTried(true);
    if (error) throw new Error('Correct the ARN of the key.');
    if (arn === (group.kmsKeyId ?? '')) return;
    const result = await (arn === '' ? logs.send(new DisassociateKmsKeyCommand({ logGroupName })) : logs.send(new AssociateKmsKeyCommand({ logGroupName, kmsKeyId: arn })));
    done(arn === '' ? `${logGroupName} has no KMS key of its own any more` : `KMS key of ${logGroupName} set`, result);
    onDone();
  };
  return (
    <Confirm title="Edit KMS key of the log group" action="Save" onConfirm={save} onClose={onClose}>
      <FormField
        label="KMS key ARN - optional"
        description="New log events are encrypted with this key. Its policy must let the service logs.REGION.amazonaws.com use it. Leave the field empty to take the key away."
        errorText={tried || arn.length > 20 ? error : undefined}
        stretch
      >
        <Input value={arn} onChange={(e) => setArn(e.detail.value.trim())} placeholder="arn:aws:kms:us-east-1:111122223333:key/…" autoComplete={false} />
      </FormField>
    </Confirm>
  );
}

export function DeleteGroups({ groups, onDone, onClose }: { groups: readonly LogGroup[]; onDone: () => void; onClose: () => void }) {
  const logs = useClient(CloudWatchLogsClient);
  const names = groups.map((g) => g.logGroupName!);
  const remove = async () => {
    try {
      for (const logGroupName of names) {
        const result = await logs.send(new DeleteLogGroupCommand({ logGroupName }));
        done(`Log group ${logGroupName} deleted`, result);
      }
    } finally {
      onDone();
    }
  };
  return (
    <Confirm title="Delete log group(s)?" action="Delete" typed="delete" onConfirm={remove} onClose={onClose} warning="All log streams, log events and metric filters of the group are deleted for good.">
      <ul>
        {names.map((n) => (
          <li key={n} style={{ overflowWrap: 'anywhere' }}>
            {n}
          </li>
        ))}
      </ul>
    </Confirm>
  );
}
