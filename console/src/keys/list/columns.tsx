// The columns of a list of keys, and what each shows while its key is not described yet.
import Box from '@cloudscape-design/components/box';
import Popover from '@cloudscape-design/components/popover';
import Skeleton from '@cloudscape-design/components/skeleton';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { TableProps } from '@cloudscape-design/components/table';
import type { KeyMetadata } from '@aws-sdk/client-kms';
import type { ReactNode } from 'react';
import { codeOf, messageOf } from '../../ui/ErrorNote';
import { Go } from '../../ui/Go';
import { Time } from '../../ui/Time';
import { keyPath, keyType, originText, regionality, usageText, withoutPrefix } from '../describe';
import { State } from '../State';
import type { KeyRow } from './filter';

type Definition = TableProps.ColumnDefinition<KeyRow> & { id: string; header: string };

/** Unknown marks what could not be asked for, so that it is not taken for nothing. */
const Unknown = () => <Box color="text-status-inactive">Not available</Box>;

/** Refused is the code of an error; its whole text is one click away. */
function Refused({ error }: { error: Error }) {
  return (
    <Popover triggerType="text" header={codeOf(error)} content={<span style={{ overflowWrap: 'anywhere' }}>{messageOf(error)}</span>} dismissAriaLabel="Close" size="large" wrapTriggerText={false} renderWithPortal>
      <StatusIndicator type="error" wrapText={false}>{codeOf(error)}</StatusIndicator>
    </Popover>
  );
}

const described = (cell: (m: KeyMetadata) => ReactNode) =>
  function Cell(row: KeyRow) {
    if (row.metadata) return cell(row.metadata);
    return row.error ? <Unknown /> : <Skeleton />;
  };

function Status(row: KeyRow) {
  if (row.metadata) return <State of={row.metadata} />;
  return row.error ? <Refused error={row.error} /> : <Skeleton />;
}

function Tags({ tags, tagsError }: KeyRow) {
  if (tagsError) return <Refused error={tagsError} />;
  if (!tags) return <Skeleton />;
  return tags.length === 0 ? '–' : tags.map((t) => `${t.TagKey}: ${t.TagValue}`).join(', ');
}

/** Aliases shows the first alias, and on demand all; how many there are is not cut off. */
function Aliases({ aliases, to }: { aliases: readonly string[]; to: string }) {
  if (aliases.length === 0) return '–';
  const names = aliases.map(withoutPrefix);
  return (
    <div style={{ display: 'flex', gap: 6 }}>
      <div style={{ minWidth: 0, overflow: 'hidden', textOverflow: 'ellipsis' }}>
        <Go to={to}>{names[0]}</Go>
      </div>
      {names.length > 1 && (
        <Popover
          header={`${names.length} aliases`}
          content={
            <div style={{ maxHeight: '50vh', overflow: 'auto', overflowWrap: 'anywhere' }} tabIndex={0}>
              {names.map((a) => (
                <div key={a}>{a}</div>
              ))}
            </div>
          }
          triggerType="text"
          triggerAriaLabel={`${names.length - 1} more aliases`}
          dismissAriaLabel="Close"
          renderWithPortal
        >
          +{names.length - 1}
        </Popover>
      )}
    </div>
  );
}

/** definitions are the columns; of AWS managed keys some say nothing and are left out. named is false if aliases may not be listed. */
export function definitions(managed: boolean, named = true): Definition[] {
  const all: Definition[] = [
    {
      id: 'alias',
      header: 'Aliases',
      width: 135,
      cell: (r) => (r.aliases.length > 0 || named ? <Aliases aliases={r.aliases} to={keyPath(r.id, managed)} /> : <Unknown />),
    },
    { id: 'id', header: 'Key ID', isRowHeader: true, width: 328, cell: (r) => <Go to={keyPath(r.id, managed)}>{r.id}</Go> },
    { id: 'status', header: 'Status', width: 172, cell: (r) => <Status {...r} /> },
    { id: 'type', header: 'Key type', width: 130, cell: described((m) => keyType(m.KeySpec)) },
    { id: 'spec', header: 'Key spec', width: 186, cell: described((m) => m.KeySpec) },
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
