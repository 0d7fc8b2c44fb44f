// The list of managed policies.
import { IAMClient, type Policy } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useClient } from '../../app/client';
import { useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { Copy } from '../../ui/Copy';
import { Go } from '../../ui/Go';
import { Page } from '../../ui/Page';
import { ResourceTable } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { typeOfPolicy } from '../choose';
import { listPolicies } from '../lists';
import { isAwsManaged, policyPath } from '../names';
import { DeletePolicy } from './DeletePolicy';

const types = [
  { value: 'all', label: 'All types' },
  { value: 'customer', label: 'Customer managed' },
  { value: 'aws', label: 'AWS managed' },
  { value: 'unused', label: 'Not attached' },
];

export function Policies() {
  const iam = useClient(IAMClient);
  const go = useGo();
  const [query, setQuery] = useSearchParams();
  const type = types.find((t) => t.value === query.get('type')) ?? types[0];
  const policies = useLoad((abortSignal) => listPolicies(iam, 'All', { abortSignal }), [iam]);
  const [selected, setSelected] = useState<Policy[]>([]);
  const [deleting, setDeleting] = useState(false);
  const shown = policies.data?.filter(
    (p) => type.value === 'all' || (type.value === 'aws' ? isAwsManaged(p.Arn!) : type.value === 'customer' ? !isAwsManaged(p.Arn!) : !p.AttachmentCount && !p.PermissionsBoundaryUsageCount),
  );
  const create = (
    <Button variant="primary" onClick={() => go('/iam/policies/create')}>
      Create policy
    </Button>
  );
  return (
    <Page title="Policies" description="A policy defines permissions. It has effect once it is attached to users, groups or roles.">
      <ResourceTable
        id="policies"
        address="q"
        title="Policies"
        one="policy"
        many="policies"
        items={shown}
        loading={policies.loading}
        error={policies.error}
        reload={policies.reload}
        trackBy={(p) => p.Arn!}
        named={(p) => p.PolicyName!}
        selection="single"
        selected={selected.filter((s) => shown?.includes(s))}
        onSelect={setSelected}
        sortedBy="name"
        beside={
          <Select
            ariaLabel="Filter by type"
            selectedOption={type}
            options={types}
            onChange={(e) => {
              const value = e.detail.selectedOption.value!;
              setQuery((s) => (value === 'all' ? s.delete('type') : s.set('type', value), s), { replace: true });
            }}
          />
        }
        columns={[
          { id: 'name', header: 'Policy name', cell: (p) => <Go to={policyPath(p.Arn!)}>{p.PolicyName}</Go>, value: (p) => p.PolicyName, isRowHeader: true },
          { id: 'type', header: 'Type', cell: (p) => typeOfPolicy(p.Arn!), value: (p) => typeOfPolicy(p.Arn!) },
          { id: 'used', header: 'Attached entities', cell: (p) => p.AttachmentCount || 'None', value: (p) => p.AttachmentCount ?? 0 },
          { id: 'boundary', header: 'Used as boundary', cell: (p) => p.PermissionsBoundaryUsageCount || 'None', value: (p) => p.PermissionsBoundaryUsageCount ?? 0 },
          { id: 'updated', header: 'Edited', cell: (p) => <Time at={p.UpdateDate} />, value: (p) => p.UpdateDate?.getTime() },
          { id: 'created', header: 'Created', cell: (p) => <Time at={p.CreateDate} />, value: (p) => p.CreateDate?.getTime(), hidden: true },
          { id: 'arn', header: 'ARN', cell: (p) => <Copy text={p.Arn} name="ARN" />, value: (p) => p.Arn, hidden: true },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!selected[0] || isAwsManaged(selected[0].Arn!)} onClick={() => setDeleting(true)}>
              Delete
            </Button>
            {create}
          </SpaceBetween>
        }
        empty={{ hint: 'Create a policy, and attach it to users, groups or roles.', action: create }}
      />
      {deleting && selected[0] && (
        <DeletePolicy
          arn={selected[0].Arn!}
          onClose={() => setDeleting(false)}
          onDone={() => {
            setSelected([]);
            policies.reload();
          }}
        />
      )}
    </Page>
  );
}
