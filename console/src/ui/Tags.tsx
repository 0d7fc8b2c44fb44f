// Tags: a form for them with AWS's limits, and what has changed.
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Input from '@cloudscape-design/components/input';

export interface Tag {
  key: string;
  value: string;
}

const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** tagErrors says what is wrong with each tag, beside its fields. EC2's tags may have any characters. */
export function tagErrors(tags: readonly Tag[], any = false): { key?: string; value?: string }[] {
  return tags.map((t, i) => {
    const key =
      t.key === '' ? 'Enter a tag key.'
      : t.key.length > 128 ? 'A tag key has at most 128 characters.'
      : /^aws:/i.test(t.key) ? 'A tag key cannot begin with aws:.'
      : !any && !allowed.test(t.key) ? 'A tag key has letters, numbers, spaces and _.:/=+-@ only.'
      : tags.findIndex((o) => o.key === t.key) !== i ? 'There is a tag with this key already.'
      : undefined;
    const value =
      t.value.length > 256 ? 'A tag value has at most 256 characters.'
      : !any && !allowed.test(t.value) ? 'A tag value has letters, numbers, spaces and _.:/=+-@ only.'
      : undefined;
    return { key, value };
  });
}

export const tagsValid = (tags: readonly Tag[], any = false) => tagErrors(tags, any).every((e) => !e.key && !e.value);

/** tagChanges is what to put and what to remove to come from one set of tags to another. */
export function tagChanges(before: readonly Tag[], after: readonly Tag[]) {
  return {
    put: after.filter((t) => !before.some((b) => b.key === t.key && b.value === t.value)),
    remove: before.filter((b) => !after.some((t) => t.key === b.key)).map((b) => b.key),
  };
}

/** TagFields edits tags. Errors are shown once tried is set, and for keys that are not empty before. */
export function TagFields({ tags, onChange, tried, limit = 50, any }: { tags: readonly Tag[]; onChange: (tags: Tag[]) => void; tried?: boolean; limit?: number; any?: boolean }) {
  const errors = tagErrors(tags, any);
  const change = (i: number, part: Partial<Tag>) => onChange(tags.map((t, j) => (i === j ? { ...t, ...part } : t)));
  return (
    <AttributeEditor
      items={[...tags]}
      addButtonText="Add tag"
      removeButtonText="Remove"
      removeButtonAriaLabel={(t) => `Remove tag ${t.key}`}
      disableAddButton={tags.length >= limit}
      additionalInfo={`You can add up to ${limit - tags.length} more tags.`}
      empty="No tags."
      onAddButtonClick={() => onChange([...tags, { key: '', value: '' }])}
      onRemoveButtonClick={(e) => onChange(tags.filter((_, i) => i !== e.detail.itemIndex))}
      definition={[
        {
          label: 'Tag key',
          errorText: (t, i) => (tried || t.key !== '' ? errors[i]?.key : undefined),
          control: (t, i) => <Input value={t.key} onChange={(e) => change(i, { key: e.detail.value })} autoComplete={false} />,
        },
        {
          label: 'Tag value - optional',
          errorText: (_, i) => errors[i]?.value,
          control: (t, i) => <Input value={t.value} onChange={(e) => change(i, { value: e.detail.value })} autoComplete={false} />,
        },
      ]}
    />
  );
}
