// Tables in which policies, groups and users are chosen.
import type { Policy } from '@aws-sdk/client-iam';
import Select from '@cloudscape-design/components/select';
import FormField from '@cloudscape-design/components/form-field';
import Box from '@cloudscape-design/components/box';
import type { Loaded } from '../app/load';
import { Go } from '../ui/Go';
import { ResourceTable } from '../ui/ResourceTable';
import { Time } from '../ui/Time';
import { holderPath, isAwsManaged, policyPath } from './names';

export const typeOfPolicy = (arn: string) => (isAwsManaged(arn) ? 'AWS managed' : 'Customer managed');

interface PolicyProps {
  policies: Loaded<Policy[]>;
  chosen: readonly string[];
  onChange: (arns: string[]) => void;
  without?: readonly string[];
  title?: string;
}

/** ChoosePolicies chooses managed policies by their ARNs. */
export function ChoosePolicies({ policies, chosen, onChange, without = [], title = 'Permissions policies' }: PolicyProps) {
  const items = policies.data?.filter((p) => !without.includes(p.Arn!));
  return (
    <ResourceTable
      title={title}
      one="policy"
      many="policies"
      items={items}
      loading={policies.loading}
      error={policies.error}
      reload={policies.reload}
      trackBy={(p) => p.Arn!}
      named={(p) => p.PolicyName!}
      sortedBy="name"
      pageSize={10}
      selection="multi"
      selected={items?.filter((p) => chosen.includes(p.Arn!))}
      onSelect={(selected) => onChange(selected.map((p) => p.Arn!))}
      counter={items ? `(${chosen.length}/${items.length})` : undefined}
      columns={[
        { id: 'name', header: 'Policy name', cell: (p) => <Go to={policyPath(p.Arn!)} external target="_blank">{p.PolicyName}</Go>, value: (p) => p.PolicyName, isRowHeader: true },
        { id: 'type', header: 'Type', cell: (p) => typeOfPolicy(p.Arn!), value: (p) => typeOfPolicy(p.Arn!) },
        { id: 'attached', header: 'Attached entities', cell: (p) => p.AttachmentCount ?? 0, value: (p) => p.AttachmentCount ?? 0 },
      ]}
      empty={{ hint: 'Create a policy first.' }}
    />
  );
}

interface NameProps {
  title: string;
  one: string;
  many: string;
  kind: 'user' | 'group' | 'role';
  list: Loaded<{ name: string; created: Date | undefined }[]>;
  chosen: readonly string[];
  onChange: (names: string[]) => void;
  without?: readonly string[];
}

/** ChooseNames chooses users, groups or roles by their names. */
export function ChooseNames({ title, one, many, kind, list, chosen, onChange, without = [] }: NameProps) {
  const items = list.data?.filter((i) => !without.includes(i.name));
  return (
    <ResourceTable
      title={title}
      one={one}
      many={many}
      items={items}
      loading={list.loading}
      error={list.error}
      reload={list.reload}
      trackBy={(i) => i.name}
      sortedBy="name"
      pageSize={10}
      selection="multi"
      selected={items?.filter((i) => chosen.includes(i.name))}
      onSelect={(selected) => onChange(selected.map((i) => i.name))}
      columns={[
        { id: 'name', header: 'Name', cell: (i) => <Go to={holderPath(kind, i.name)} external target="_blank">{i.name}</Go>, value: (i) => i.name, isRowHeader: true },
        { id: 'created', header: 'Created', cell: (i) => <Time at={i.created} />, value: (i) => i.created?.getTime() },
      ]}
      empty={{ hint: `Create ${many} in IAM.` }}
    />
  );
}

/** ChooseBoundary chooses the policy that sets the most that its user or role can do. */
export function ChooseBoundary({ policies, arn, onChange }: { policies: Loaded<Policy[]>; arn: string; onChange: (arn: string) => void }) {
  const options = (policies.data ?? []).map((p) => ({ value: p.Arn!, label: p.PolicyName!, description: typeOfPolicy(p.Arn!) }));
  return (
    <FormField
      label="Permissions boundary - optional"
      description="A policy that sets the most that policies can allow. It allows nothing by itself."
      errorText={policies.error?.message}
    >
      <Select
        selectedOption={options.find((o) => o.value === arn) ?? { value: '', label: 'No permissions boundary' }}
        options={[{ value: '', label: 'No permissions boundary' }, ...options]}
        filteringType="auto"
        filteringAriaLabel="Find policies"
        statusType={policies.loading ? 'loading' : 'finished'}
        onChange={(e) => onChange(e.detail.selectedOption.value ?? '')}
        empty={<Box>No policies</Box>}
      />
    </FormField>
  );
}
