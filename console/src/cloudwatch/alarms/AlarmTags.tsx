// The tags of an alarm or a dashboard.
import { CloudWatchClient, ListTagsForResourceCommand, TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-cloudwatch';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction, useLoad } from '../../app/load';
import { ErrorNote } from '../../ui/ErrorNote';
import { ResourceTable } from '../../ui/ResourceTable';
import { tagChanges, TagFields, tagsValid, type Tag } from '../../ui/Tags';

/** tagsOf reads the tags of a resource. */
export async function tagsOf(client: CloudWatchClient, arn: string, signal?: AbortSignal): Promise<Tag[]> {
  const result = await client.send(new ListTagsForResourceCommand({ ResourceARN: arn }), { abortSignal: signal });
  return (result.Tags ?? []).map((t) => ({ key: t.Key ?? '', value: t.Value ?? '' }));
}

export function AlarmTags({ arn }: { arn: string }) {
  const client = useClient(CloudWatchClient);
  const { data, error, loading, reload } = useLoad((signal) => tagsOf(client, arn, signal), [client, arn]);
  const [open, setOpen] = useState(false);
  return (
    <>
      <ResourceTable<Tag>
        title="Tags"
        one="tag"
        many="tags"
        items={data}
        loading={loading}
        error={error}
        reload={reload}
        trackBy={(t) => t.key}
        columns={[
          { id: 'key', header: 'Key', cell: (t) => t.key, value: (t) => t.key, isRowHeader: true },
          { id: 'value', header: 'Value', cell: (t) => t.value || '–', value: (t) => t.value },
        ]}
        empty={{ hint: 'Tags help to find resources and to say who may change them.' }}
        actions={
          <Button disabled={!data} onClick={() => setOpen(true)}>
            Manage tags
          </Button>
        }
      />
      {open && data && <ManageTags arn={arn} before={data} onDone={reload} onClose={() => setOpen(false)} />}
    </>
  );
}

function ManageTags({ arn, before, onDone, onClose }: { arn: string; before: readonly Tag[]; onDone: () => void; onClose: () => void }) {
  const client = useClient(CloudWatchClient);
  const { busy, error, run } = useAction();
  const [tags, setTags] = useState<Tag[]>([...before]);
  const [tried, setTried] = useState(false);
  const save = async () => {
    setTried(true);
    if (!tagsValid(tags)) return;
    const { put, remove } = tagChanges(before, tags);
    const ok = await run(async () => {
      let result;
      if (remove.length) result = await client.send(new UntagResourceCommand({ ResourceARN: arn, TagKeys: remove }));
      if (put.length) result = await client.send(new TagResourceCommand({ ResourceARN: arn, Tags: put.map((t) => ({ Key: t.key, Value: t.value })) }));
      if (result) done('Tags saved', result);
    });
    if (!ok) return;
    onDone();
    onClose();
  };
  return (
    <Modal
      visible
      size="large"
      header="Manage tags"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={busy} onClick={save}>
              Save
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <TagFields tags={tags} onChange={setTags} tried={tried} />
        <ErrorNote error={error} />
      </SpaceBetween>
    </Modal>
  );
}
