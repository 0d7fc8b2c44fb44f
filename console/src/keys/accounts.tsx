// Other AWS accounts that may use a key.
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Input from '@cloudscape-design/components/input';

/** accountError says what is wrong with an account's ID. */
export function accountError(id: string, own: string): string | undefined {
  if (!/^\d{12}$/.test(id) && !/^arn:[\w-]+:(iam|sts)::\d{12}:.+$/.test(id)) return 'Enter an account ID of 12 digits.';
  if (id === own) return 'This is your own account. Choose its users and roles above.';
  return undefined;
}

export const accountsValid = (ids: readonly string[], own: string) => ids.every((id) => !accountError(id, own));

export function Accounts({ ids, onChange, own, tried }: { ids: readonly string[]; onChange: (ids: string[]) => void; own: string; tried: boolean }) {
  return (
    <AttributeEditor
      items={[...ids]}
      addButtonText="Add another AWS account"
      removeButtonText="Remove"
      removeButtonAriaLabel={(id) => `Remove account ${id}`}
      empty="No other AWS accounts."
      onAddButtonClick={() => onChange([...ids, ''])}
      onRemoveButtonClick={(e) => onChange(ids.filter((_, i) => i !== e.detail.itemIndex))}
      definition={[
        {
          label: 'AWS account ID',
          errorText: (id) => (tried || id.length >= 12 ? accountError(id, own) : undefined),
          control: (id, i) => <Input value={id} placeholder="111122223333" onChange={(e) => onChange(ids.map((o, j) => (i === j ? e.detail.value.trim() : o)))} autoComplete={false} />,
        },
      ]}
    />
  );
}
