// The tags of a resource: shown, and changed in a dialog.
import Button from '@cloudscape-design/components/button';
import { useState } from 'react';
import { done } from '../app/flash';
import { useLoad } from '../app/load';
import { Confirm } from './Confirm';
import { ResourceTable } from './ResourceTable';
import { tagChanges, TagFields, tagsValid, type Tag } from './Tags';

interface Props {
  /** the resource, for which tags are loaded again when it changes */
  of: string;
  load: () => Promise<Tag[]>;
  put: (tags: Tag[]) => Promise<unknown>;
  remove: (keys: string[]) => Promise<unknown>;
  /** tags may have any characters, as EC2's may */
  any?: boolean;
}

export function TagsPanel({ of, load, put, remove, any }: Props) {
  const tags = useLoad(load, [of]);
  const [editing, setEditing] = useState(false);
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
          { id: 'key', header: 'Key', cell: (t) => t.key, value: (t) => t.key, isRowHeader: true },
          { id: 'value', header: 'Value', cell: (t) => t.value || '–', value: (t) => t.value },
        ]}
        actions={
          <Button disabled={!tags.data} onClick={() => setEditing(true)}>
            Manage tags
          </Button>
        }
        empty={{ hint: 'Tags help to find resources, and to allow or deny their use in policies.' }}
      />
      {editing && tags.data && (
        <EditTags
          tags={tags.data}
          any={any}
          onClose={() => setEditing(false)}
          save={async (after) => {
            const { put: putting, remove: removing } = tagChanges(tags.data!, after);
            // Removed first: a resource with the most tags that there may be has no room for a new one.
            if (removing.length > 0) await remove(removing);
            if (putting.length > 0) await put(putting);
            done('The tags were changed.');
            tags.reload();
          }}
        />
      )}
    </>
  );
}

function EditTags({ tags, any, save, onClose }: { tags: readonly Tag[]; any?: boolean; save: (tags: Tag[]) => Promise<void>; onClose: () => void }) {
  const [after, setAfter] = useState(() => [...tags]);
  return (
    <Confirm title="Manage tags" action="Save changes" size="large" disabled={!tagsValid(after, any)} onConfirm={() => save(after)} onClose={onClose}>
      <TagFields tags={after} onChange={setAfter} any={any} />
    </Confirm>
  );
}
