// The tags of a key.
import { KMSClient } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { useLoad } from '../../app/load';
import { ResourceTable, type Column } from '../../ui/ResourceTable';
import type { Tag } from '../../ui/Tags';
import { EditTags, readTags } from '../actions/EditTags';
import { isPendingDeletion } from '../describe';
import type { TabProps } from './KeyPage';

const columns: readonly Column<Tag>[] = [
  { id: 'key', header: 'Tag key', cell: (t) => t.key, value: (t) => t.key, isRowHeader: true },
  { id: 'value', header: 'Tag value', cell: (t) => t.value || '–', value: (t) => t.value },
];

export function TagsTab({ metadata: m }: TabProps) {
  const client = useClient(KMSClient);
  const [editing, setEditing] = useState(false);
  // The key's metadata is new after each change of the key, and its tags may be too.
  const tags = useLoad((signal) => readTags(client, m.KeyId!, signal), [client, m]);
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
        columns={columns}
        trackBy={(t) => t.key}
        actions={
          <Button onClick={() => setEditing(true)} disabled={isPendingDeletion(m)}>
            Edit
          </Button>
        }
        empty={{ hint: 'Tags categorize keys and control access to them.', action: <Button onClick={() => setEditing(true)}>Add tags</Button> }}
      />
      {editing && <EditTags keys={[m]} onDone={tags.reload} onClose={() => setEditing(false)} />}
    </>
  );
}
