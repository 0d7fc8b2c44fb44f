// The columns of a list of keys, and what each shows while its key is not described yet.
import Skeleton from '@cloudscape-design/components/skeleton';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { TableProps } from '@cloudscape-design/components/table';
import type { KeyMetadata } from '@aws-sdk/client-kms';
import type { ReactNode } from 'react';
import { codeOf } from '../../ui/ErrorNote';
import { Go } from '../../ui/Go';
import { Time } from '../../ui/Time';
import { keyPath, keyType, originText, regionality, usageText, withoutPrefix } from '../describe';
import { State } from '../State';
import type { KeyRow } from './filter';

type Definition = TableProps.ColumnDefinition<KeyRow> & { id: string; header: string };

const described = (cell: (m: KeyMetadata) => ReactNode) =>
  function Cell(row: KeyRow) {
    if (row.metadata) return cell(row.metadata);
    return row.error ? '–' : <Skeleton />;
  };

function Status(row: KeyRow) {
  if (row.metadata) return <State of={row.metadata} />;
  if (!row.error) return <Skeleton />;
  return (
    <span title={row.error.message}>
      <StatusIndicator type="error">{codeOf(row.error)}</StatusIndicator>
    </span>
  );
}

function Tags({ tags, tagsError }: KeyRow) {
  if (tagsError) return <StatusIndicator type="error">{codeOf(tagsError)}</StatusIndicator>;
  if (!tags) return <Skeleton />;
  return tags.length === 0 ? '–' : tags.map((t) => `${t.TagKey}: ${t.TagValue}`).join(', ');
}

/** definitions are the columns; of AWS managed keys some say nothing and are left out. */
export function definitions(managed: boolean): Definition[] {
  const all: Definition[] = [
    {
      id: 'alias',
      header: 'Aliases',
      width: 130,
      cell: (r) => (r.aliases.length > 0 ? <Go to={keyPath(r.id, managed)}>{r.aliases.map(withoutPrefix).join(', ')}</Go> : '–'),
    },
    { id: 'id', header: 'Key ID', isRowHeader: true, width: 305, cell: (r) => <Go to={keyPath(r.id, managed)}>{r.id}</Go> },
    { id: 'status', header: 'Status', width: 165, cell: (r) => <Status {...r} /> },
    { id: 'type', header: 'Key type', width: 115, cell: described((m) => keyType(m.KeySpec)) },
    { id: 'spec', header: 'Key spec', width: 185, cell: described((m) => m.KeySpec) },
    { id: 'usage', header: 'Key usage', width: 150, cell: described((m) => usageText(m.KeyUsage)) },
    { id: 'origin', header: 'Origin', cell: described((m) => originText(m.Origin)) },
    { id: 'regionality', header: 'Regionality', cell: described((m) => regionality(m)) },
    { id: 'created', header: 'Creation date', cell: described((m) => <Time at={m.CreationDate} />) },
    { id: 'store', header: 'Custom key store ID', cell: described((m) => m.CustomKeyStoreId ?? '–') },
    { id: 'description', header: 'Description', cell: described((m) => m.Description || '–') },
    { id: 'tags', header: 'Tags', cell: (r) => <Tags {...r} /> },
  ];
  const shown = managed ? all.filter((c) => !['regionality', 'store', 'tags'].includes(c.id)) : all;
  return shown.map((c) => ({ ...c, minWidth: 100, sortingField: c.id === 'tags' ? undefined : c.id }));
}

/** usual are the columns that are shown before somebody chooses others. */
export const usual = (managed: boolean) => (managed ? ['alias', 'id', 'status', 'created'] : ['alias', 'id', 'status', 'type', 'spec', 'usage']);
