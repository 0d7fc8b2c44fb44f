import { IAMClient, UpdateAccountPasswordPolicyCommand, type PasswordPolicy } from '@aws-sdk/client-iam';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { Confirm } from '../../ui/Confirm';

const between = (text: string, least: number, most: number, empty = false) =>
  (empty && text === '') || (/^\d+$/.test(text) && Number(text) >= least && Number(text) <= most) ? undefined : `Enter a number from ${least} to ${most}.`;

/** EditPasswordPolicy gives the account a password policy of its own. */
export function EditPasswordPolicy({ policy: p, onClose, changed }: { policy: PasswordPolicy | undefined; onClose: () => void; changed: () => void }) {
  const iam = useClient(IAMClient);
  const [length, setLength] = useState(String(p?.MinimumPasswordLength ?? 8));
  const [age, setAge] = useState(String(p?.MaxPasswordAge || ''));
  const [reuse, setReuse] = useState(String(p?.PasswordReusePrevention || ''));
  const [flags, setFlags] = useState({
    RequireUppercaseCharacters: !!p?.RequireUppercaseCharacters,
    RequireLowercaseCharacters: !!p?.RequireLowercaseCharacters,
    RequireNumbers: !!p?.RequireNumbers,
    RequireSymbols: !!p?.RequireSymbols,
    AllowUsersToChangePassword: !!p?.AllowUsersToChangePassword,
    HardExpiry: !!p?.HardExpiry,
  });
  const words: Record<keyof typeof flags, string> = {
    RequireUppercaseCharacters: 'Require at least one uppercase letter',
    RequireLowercaseCharacters: 'Require at least one lowercase letter',
    RequireNumbers: 'Require at least one number',
    RequireSymbols: 'Require at least one symbol',
    AllowUsersToChangePassword: 'Allow users to change their own password',
    HardExpiry: 'Password expiration requires administrator reset',
  };
  const errors = [between(length, 6, 128), between(age, 1, 1095, true), between(reuse, 1, 24, true)];
  return (
    <Confirm
      title="Edit password policy"
      action="Save changes"
      disabled={errors.some(Boolean)}
      onClose={onClose}
      onConfirm={async () => {
        const result = await iam.send(
          new UpdateAccountPasswordPolicyCommand({
            ...flags,
            MinimumPasswordLength: Number(length),
            MaxPasswordAge: age ? Number(age) : undefined,
            PasswordReusePrevention: reuse ? Number(reuse) : undefined,
          }),
        );
        done('The password policy was changed.', result, 'It counts for passwords that are set from now on.');
        changed();
      }}
    >
      <SpaceBetween size="m">
        <FormField label="Minimum length" errorText={errors[0]}>
          <Input type="number" value={length} onChange={(e) => setLength(e.detail.value)} />
        </FormField>
        {(Object.keys(flags) as (keyof typeof flags)[]).map((f) => (
          <Checkbox key={f} checked={flags[f]} onChange={(e) => setFlags({ ...flags, [f]: e.detail.checked })}>
            {words[f]}
          </Checkbox>
        ))}
        <FormField label="Password expiration in days - optional" errorText={errors[1]}>
          <Input type="number" value={age} onChange={(e) => setAge(e.detail.value)} />
        </FormField>
        <FormField label="Passwords remembered, to prevent their reuse - optional" errorText={errors[2]}>
          <Input type="number" value={reuse} onChange={(e) => setReuse(e.detail.value)} />
        </FormField>
      </SpaceBetween>
    </Confirm>
  );
}
