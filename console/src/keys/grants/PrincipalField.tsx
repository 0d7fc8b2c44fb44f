// The ARN of a principal, with the account's users and roles to choose from.
import { IAMClient, ListRolesCommand, ListUsersCommand } from '@aws-sdk/client-iam';
import Autosuggest from '@cloudscape-design/components/autosuggest';
import FormField from '@cloudscape-design/components/form-field';
import { useClient } from '../../app/client';
import { everything, useLoad } from '../../app/load';

interface Props {
  label: string;
  description: string;
  value: string;
  onChange: (arn: string) => void;
  error: string | undefined;
}

export function PrincipalField({ label, description, value, onChange, error }: Props) {
  const iam = useClient(IAMClient);
  const users = useLoad(
    (signal) =>
      everything(async (Marker) => {
        const page = await iam.send(new ListUsersCommand({ Marker }), { abortSignal: signal });
        return { items: page.Users, next: page.Marker };
      }, signal),
    [iam],
  );
  const roles = useLoad(
    (signal) =>
      everything(async (Marker) => {
        const page = await iam.send(new ListRolesCommand({ Marker }), { abortSignal: signal });
        return { items: page.Roles, next: page.Marker };
      }, signal),
    [iam],
  );
  return (
    <FormField label={label} description={description} errorText={error} stretch>
      <Autosuggest
        value={value}
        onChange={(e) => onChange(e.detail.value.trim())}
        enteredTextLabel={(text) => `Use: ${text}`}
        placeholder="arn:aws:iam::111122223333:role/ExampleRole"
        expandToViewport
        statusType={users.loading || roles.loading ? 'loading' : 'finished'}
        loadingText="Loading users and roles"
        options={[
          { label: 'Users', options: (users.data ?? []).map((u) => ({ value: u.Arn!, label: u.Arn })) },
          { label: 'Roles', options: (roles.data ?? []).map((r) => ({ value: r.Arn!, label: r.Arn })) },
        ].filter((g) => g.options.length > 0)}
        empty="Enter an ARN."
      />
    </FormField>
  );
}
