// The grants of a key.
import { KMSClient, type GrantListEntry, type KeyMetadata } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useClient } from '../../app/client';
import { useLoad } from '../../app/load';
import { ResourceTable, type Column } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { isPendingDeletion } from '../describe';
import { CreateGrant } from './CreateGrant';
import { EndGrant } from './EndGrant';
import { GrantDetail } from './GrantDetail';
import { granteeOf, listGrants, retiringOf } from './grants';

/** Row is a grant with the words to search for. */
type Row = GrantListEntry & { grantee: string; allowed: string; constraint: string };

const rowOf = (g: GrantListEntry): Row => ({ ...g, grantee: granteeOf(g), allowed: (g.Operations ?? []).join(', '), constraint: constraintOf(g) });

const constraintOf = (g: GrantListEntry) =>
  [
    g.Constraints?.EncryptionContextEquals && 'Encryption context equals',
    g.Constraints?.EncryptionContextSubset && 'Encryption context subset',
    g.Constraints?.SourceArn && 'Source ARN',
  ]
    .filter(Boolean)
    .join(', ');

const texts = ['=', '!=', ':', '!:'] as const;
const properties = [
  { key: 'grantee', propertyLabel: 'Grantee principal', groupValuesLabel: 'Grantee principals', operators: texts },
  { key: 'allowed', propertyLabel: 'Operations', groupValuesLabel: 'Operations', operators: [':', '!:'] as const },
  { key: 'Name', propertyLabel: 'Grant name', groupValuesLabel: 'Grant names', operators: texts },
  { key: 'GrantId', propertyLabel: 'Grant ID', groupValuesLabel: 'Grant IDs', operators: texts },
  { key: 'constraint', propertyLabel: 'Constraints', groupValuesLabel: 'Constraints', operators: [':', '!:'] as const },
];

export function GrantsTab({ metadata }: { metadata: KeyMetadata }) {
  const client = useClient(KMSClient);
  const [search, setSearch] = useSearchParams();
  const [selected, setSelected] = useState<string[]>([]);
  const [ending, setEnding] = useState<{ how: 'revoke' | 'retire'; grants: GrantListEntry[] }>();
  const { data, error, loading, reload } = useLoad((signal) => listGrants(client, metadata.Arn ?? metadata.KeyId!, signal), [client, metadata.KeyId]);
  const rows = useMemo(() => data?.map(rowOf), [data]);
  const open = search.get('grant');
  const show = (grant: string | undefined) => setSearch((s) => (grant ? s.set('grant', grant) : s.delete('grant'), s));
  const chosen = rows?.filter((r) => selected.includes(r.GrantId!)) ?? [];
  const shown = rows?.find((r) => r.GrantId === open);
  const closed = isPendingDeletion(metadata);

  const columns: Column<Row>[] = [
    {
      id: 'id',
      header: 'Grant ID',
      isRowHeader: true,
      width: 220,
      value: (g) => g.GrantId,
      cell: (g) => (
        <Link href="#" onFollow={(e) => (e.preventDefault(), show(g.GrantId))}>
          {g.GrantId}
        </Link>
      ),
    },
    { id: 'name', header: 'Grant name', value: (g) => g.Name, cell: (g) => g.Name || '–' },
    { id: 'grantee', header: 'Grantee principal', value: (g) => g.grantee, cell: (g) => g.grantee },
    { id: 'operations', header: 'Operations', value: (g) => g.allowed, cell: (g) => g.allowed },
    { id: 'constraints', header: 'Constraints', value: (g) => g.constraint, cell: (g) => g.constraint || '–' },
    { id: 'retiring', header: 'Retiring principal', value: retiringOf, cell: (g) => retiringOf(g) ?? '–', hidden: true },
    { id: 'created', header: 'Creation date', value: (g) => g.CreationDate?.getTime(), cell: (g) => <Time at={g.CreationDate} /> },
  ];

  const create = (
    <Button disabled={closed} disabledReason="Grants can’t be created on a key that is pending deletion." onClick={() => show('new')}>
      Create grant
    </Button>
  );
  return (
    <SpaceBetween size="l">
      <ResourceTable<Row>
        title="Grants"
        one="grant"
        many="grants"
        id="grants"
        address="grants"
        description="A grant permits a principal to use the key, without a change of the key policy."
        items={rows}
        loading={loading}
        error={error}
        reload={reload}
        columns={columns}
        properties={properties}
        trackBy={(g) => g.GrantId!}
        selection="multi"
        selected={chosen}
        onSelect={(items) => setSelected(items.map((g) => g.GrantId!))}
        empty={{ title: 'No grants', hint: 'This key has no grants. AWS services create grants when they use a key for you.', action: create }}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={chosen.length !== 1} onClick={() => setEnding({ how: 'retire', grants: chosen })}>
              Retire
            </Button>
            <Button disabled={chosen.length === 0} onClick={() => setEnding({ how: 'revoke', grants: chosen })}>
              Revoke
            </Button>
            {create}
          </SpaceBetween>
        }
      />
      {open && open !== 'new' && rows && (
        <GrantDetail id={open} grant={shown} onClose={() => show(undefined)} onEnd={(how) => setEnding({ how, grants: [shown!] })} />
      )}
      {open === 'new' && <CreateGrant metadata={metadata} onClose={() => show(undefined)} onDone={reload} />}
      {ending && (
        <EndGrant
          {...ending}
          keyArn={metadata.Arn ?? metadata.KeyId!}
          onClose={() => setEnding(undefined)}
          onDone={() => {
            setSelected([]);
            if (ending.grants.some((g) => g.GrantId === open)) show(undefined);
            reload();
          }}
        />
      )}
    </SpaceBetween>
  );
}
