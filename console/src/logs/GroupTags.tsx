// The tags of a log group.
import { CloudWatchLogsClient, ListTagsForResourceCommand, TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-cloudwatch-logs';
import { useClient } from '../app/client';
import { TagsPanel } from '../ui/TagsPanel';

export function GroupTags({ arn }: { arn: string }) {
  const logs = useClient(CloudWatchLogsClient);
  return (
    <TagsPanel
      of={arn}
      load={async () => Object.entries((await logs.send(new ListTagsForResourceCommand({ resourceArn: arn }))).tags ?? {}).map(([key, value]) => ({ key, value }))}
      put={(tags) => logs.send(new TagResourceCommand({ resourceArn: arn, tags: Object.fromEntries(tags.map((t) => [t.key, t.value])) }))}
      remove={(tagKeys) => logs.send(new UntagResourceCommand({ resourceArn: arn, tagKeys }))}
    />
  );
}
