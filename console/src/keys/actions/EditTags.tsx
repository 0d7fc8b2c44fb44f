// Tags of one key, all of them; or tags for several keys, which are added to those they have.
import { KMSClient, ListResourceTagsCommand, TagResourceCommand, UntagResourceCommand, type KeyMetadata } from '@aws-sdk/client-kms';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { everything, useLoad } from '../../app/load';
import { Confirm } from '../../ui/Confirm';
import { ErrorNote } from '../../ui/ErrorNote';
import { Loading } from '../../ui/Field';
import { TagFields, tagChanges, tagsValid, type Tag } from '../../ui/Tags';
import { changeEach } from '../deletion/each';

interface Props {
  keys: readonly KeyMetadata[];
  onDone: () => void;
  onClose: () => void;
}

/** readTags reads all tags of a key. */
export const readTags = async (client: KMSClient, KeyId: string, signal?: AbortSignal): Promise<Tag[]> =>
  (
    await everything(async (Marker) => {
      const { Tags, NextMarker } = await client.send(new ListResourceTagsCommand({ KeyId, Marker, Limit: 50 }), { abortSignal: signal });
      return { items: Tags, next: NextMarker };
    }, signal)
  ).map((t) => ({ key: t.TagKey!, value: t.TagValue! }));

const forApi = (tags: readonly Tag[]) => tags.map((t) => ({ TagKey: t.key, TagValue: t.value }));

/** saveTags makes a key's tags what they are to be. */
export async function saveTags(client: KMSClient, KeyId: string, before: readonly Tag[], after: readonly Tag[]) {
  const { put, remove } = tagChanges(before, after);
  let result = {};
  // Removing first makes room below the limit.
  if (remove.length > 0) result = await client.send(new UntagResourceCommand({ KeyId, TagKeys: remove }));
  if (put.length > 0) result = await client.send(new TagResourceCommand({ KeyId, Tags: forApi(put) }));
  return result;
}

export function EditTags(props: Props) {
  return props.keys.length === 1 ? <OfOne keyId={props.keys[0].KeyId!} {...props} /> : <OfMany {...props} />;
}

function OfOne({ keyId, keys, onDone, onClose }: Props & { keyId: string }) {
  const client = useClient(KMSClient);
  const before = useLoad((signal) => readTags(client, keyId, signal), [client, keyId]);
  const [changed, setTags] = useState<Tag[]>();
  const [tried, setTried] = useState(false);
  const tags = changed ?? before.data ?? [];
  const save = async () => {
    setTried(true);
    if (!tagsValid(tags)) throw new Error('Correct the tags first.');
    await changeEach(keys, () => saveTags(client, keyId, before.data!, tags), { one: () => `The tags of key ${keyId} were saved`, many: () => '', onDone });
  };
  return (
    <Confirm size="large" title="Add or edit tags" action="Save changes" disabled={!before.data} onConfirm={save} onClose={onClose}>
      {before.error ? <ErrorNote error={before.error} retry={before.reload} /> : before.data ? <TagFields tags={tags} onChange={setTags} tried={tried} /> : <Loading />}
    </Confirm>
  );
}

function OfMany({ keys, onDone, onClose }: Props) {
  const client = useClient(KMSClient);
  const [tags, setTags] = useState<Tag[]>([{ key: '', value: '' }]);
  const [tried, setTried] = useState(false);
  const save = async () => {
    setTried(true);
    if (!tagsValid(tags) || tags.length === 0) throw new Error('Enter at least one tag.');
    await changeEach(keys, ({ KeyId }) => client.send(new TagResourceCommand({ KeyId, Tags: forApi(tags) })), { one: () => '', many: (n) => `Tags were added to ${n} keys`, onDone });
  };
  return (
    <Confirm size="large" title={`Add tags to ${keys.length} keys`} action="Save changes" onConfirm={save} onClose={onClose}>
      <p>These tags are added to each of the keys. Where a key has a tag with the same tag key, it gets the new value; other tags stay.</p>
      <TagFields tags={tags} onChange={setTags} tried={tried} />
    </Confirm>
  );
}
