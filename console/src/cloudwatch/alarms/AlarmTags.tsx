// The tags of an alarm.
import { CloudWatchClient, ListTagsForResourceCommand, TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-cloudwatch';
import { useClient } from '../../app/client';
import { TagsPanel } from '../../ui/TagsPanel';

export function AlarmTags({ arn }: { arn: string }) {
  const client = useClient(CloudWatchClient);
  return (
    <TagsPanel
      of={arn}
      load={async () => (await client.send(new ListTagsForResourceCommand({ ResourceARN: arn }))).Tags?.map((t) => ({ key: t.Key!, value: t.Value! })) ?? []}
      put={(tags) => client.send(new TagResourceCommand({ ResourceARN: arn, Tags: tags.map((t) => ({ Key: t.key, Value: t.value })) }))}
      remove={(TagKeys) => client.send(new UntagResourceCommand({ ResourceARN: arn, TagKeys }))}
    />
  );
}
