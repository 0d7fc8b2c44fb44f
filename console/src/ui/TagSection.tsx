// The tags of a resource that is there: shown, and edited as AWS does ("Manage tags").
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { done } from '../app/flash';
import { useAction, useLoad } from '../app/load';
import { ErrorNote } from './ErrorNote';
import { ResourceTable } from './ResourceTable';
import { tagChanges, TagFields, tagsValid, type Tag } from './Tags';

interface Props {
  load: (signal: AbortSignal) => Promise<Tag[]>;
  put: (tags: Tag[]) => Promise<{ $metadata?: { requestId?: string } }>;
  remove: (keys: string[]) => Promise<{ $metadata?: { requestId?: string } }>;
}

/** TagSection belongs to one resource: give it the resource's ARN as its key. */
export function TagSection({ load, put, remove }: Props) {
  const tags = useLoad(load, []);
  const [edited, setEdited] = useState<Tag[]>();
  const [tried, setTried] = useState(false);
  const { busy, error, run, clear } = useAction();
  const close = () => {
    setEdited(undefined);
    setTried(false);
    clear();
  };
  const save = async () => {
    setTried(true);
    if (!edited || !tagsValid(edited)) return;
    const change = tagChanges(tags.data ?? [], edited);
    const saved = await run(async () => {
      let result;
      if (change.remove.length > 0) result = await remove(change.remove);
      if (change.put.length > 0) result = await put(change.put);
      if (result) done('Tags saved', result);
    });
    if (!saved) return;
    close();
    tags.reload();
  };
  const manage = (
    <Button disabled={!tags.data} onClick={() => setEdited([...(tags.data ?? [])])}>
      Manage tags
    </Button>
  );
  return (
    <>
      <ResourceTable
        title="Tags"
        one="tag"
        many="tags"
        items={tags.data}
        loading={tags.loading}
        error={tags.error}
        reload={tags.reload}
        trackBy={(t) => t.key}
        sortedBy="key"
        columns={[
          { id: 'key', header: 'Key', value: (t) => t.key, cell: (t) => t.key, isRowHeader: true },
          { id: 'value', header: 'Value', value: (t) => t.value, cell: (t) => t.value || '–' },
        ]}
        empty={{ hint: 'Tags say what a resource is for, and policies can ask for them.', action: manage }}
        actions={manage}
      />
      {edited && (
        <Modal
          visible
          size="large"
          header="Manage tags"
          onDismiss={close}
          footer={
            <Box float="right">
              <SpaceBetween direction="horizontal" size="xs">
                <Button variant="link" onClick={close}>
                  Cancel
                </Button>
                <Button variant="primary" loading={busy} onClick={() => void save()}>
                  Save changes
                </Button>
              </SpaceBetween>
            </Box>
          }
        >
          <SpaceBetween size="m">
            <TagFields tags={edited} onChange={setEdited} tried={tried} />
            <ErrorNote error={error} />
          </SpaceBetween>
        </Modal>
      )}
    </>
  );
}
