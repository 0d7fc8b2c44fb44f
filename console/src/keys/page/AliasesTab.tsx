// The aliases of a key.
import { CreateAliasCommand, DeleteAliasCommand, DescribeKeyCommand, KMSClient, UpdateAliasCommand, type AliasListEntry, type KeyMetadata } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useLoad } from '../../app/load';
import { Confirm } from '../../ui/Confirm';
import { Copy } from '../../ui/Copy';
import { messageOf } from '../../ui/ErrorNote';
import { ResourceTable, type Column } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { aliasError } from '../aliases';
import { changeEach } from '../deletion/each';
import { isAwsManaged, isPendingDeletion, keyType, usageText, withoutPrefix } from '../describe';
import type { TabProps } from './KeyPage';

const columns: readonly Column<AliasListEntry>[] = [
  { id: 'name', header: 'Alias name', cell: (a) => withoutPrefix(a.AliasName!), value: (a) => a.AliasName, isRowHeader: true },
  { id: 'arn', header: 'Alias ARN', cell: (a) => <Copy text={a.AliasArn} name={`ARN of ${a.AliasName}`} />, value: (a) => a.AliasArn },
  { id: 'created', header: 'Creation date', cell: (a) => <Time at={a.CreationDate} />, value: (a) => a.CreationDate?.getTime() },
  { id: 'updated', header: 'Last updated', cell: (a) => <Time at={a.LastUpdatedDate} />, value: (a) => a.LastUpdatedDate?.getTime() },
];

type Asked = 'create' | 'delete' | 'move';

export function AliasesTab({ metadata: m, aliases }: TabProps) {
  const [asked, setAsked] = useState<Asked>();
  const [selected, setSelected] = useState<AliasListEntry[]>([]);
  const managed = isAwsManaged(m);
  const props = { metadata: m, onClose: () => setAsked(undefined), onDone: aliases.reload };
  return (
    <>
      <ResourceTable
        title="Aliases"
        one="alias"
        many="aliases"
        items={aliases.data}
        loading={aliases.loading}
        error={aliases.error}
        reload={aliases.reload}
        columns={columns}
        trackBy={(a) => a.AliasName!}
        selection={managed ? undefined : 'multi'}
        selected={selected}
        onSelect={setSelected}
        actions={
          !managed && (
            <SpaceBetween direction="horizontal" size="xs">
              <Button disabled={selected.length === 0} onClick={() => setAsked('delete')}>
                Delete
              </Button>
              <Button disabled={isPendingDeletion(m)} onClick={() => setAsked('move')}>
                Move an alias to this key
              </Button>
              <Button disabled={isPendingDeletion(m)} onClick={() => setAsked('create')}>
                Create alias
              </Button>
            </SpaceBetween>
          )
        }
        empty={{ hint: 'An alias is a name for the key that can be moved to another key.' }}
      />
      {asked === 'create' && <CreateAlias {...props} />}
      {asked === 'move' && <MoveAlias {...props} />}
      {asked === 'delete' && <DeleteAliases {...props} aliases={selected} onDone={() => (setSelected([]), aliases.reload())} />}
    </>
  );
}

interface Dialog {
  metadata: KeyMetadata;
  onDone: () => void;
  onClose: () => void;
}

function CreateAlias({ metadata, onDone, onClose }: Dialog) {
  const client = useClient(KMSClient);
  const [name, setName] = useState('');
  const wrong = aliasError(name);
  const create = async () => {
    const result = await client.send(new CreateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: metadata.KeyId }));
    done(`Alias ${name} was created`, result);
    onDone();
  };
  return (
    <Confirm title="Create alias" action="Create alias" disabled={!!wrong} onConfirm={create} onClose={onClose}>
      <FormField label="Alias" description="Enter a name without alias/." errorText={name ? wrong : undefined}>
        <Input value={name} onChange={(e) => setName(e.detail.value)} autoFocus autoComplete={false} />
      </FormField>
    </Confirm>
  );
}

/** MoveAlias points an alias of another key at this one. It says first which key the alias is taken from. */
function MoveAlias({ metadata, onDone, onClose }: Dialog) {
  const client = useClient(KMSClient);
  const [name, setName] = useState('');
  const wrong = aliasError(name);
  const target = useLoad(wrong ? undefined : async (signal) => (await client.send(new DescribeKeyCommand({ KeyId: `alias/${name}` }), { abortSignal: signal })).KeyMetadata!, [client, name]);
  const from = wrong ? undefined : target.data;
  const move = async () => {
    const result = await client.send(new UpdateAliasCommand({ AliasName: `alias/${name}`, TargetKeyId: metadata.KeyId }));
    done(`Alias ${name} points at key ${metadata.KeyId} now`, result);
    onDone();
  };
  return (
    <Confirm
      title="Move an alias to this key"
      action="Move alias"
      disabled={!!wrong || from?.KeyId === metadata.KeyId}
      warning="Who uses the alias uses this key from then on. What was encrypted under the other key can be decrypted with that key only."
      onConfirm={move}
      onClose={onClose}
    >
      <FormField
        label="Alias"
        description="An existing alias of another key of the same type and usage, without alias/."
        errorText={name ? (wrong ?? (from?.KeyId === metadata.KeyId ? 'This alias is of this key already.' : target.error && messageOf(target.error))) : undefined}
      >
        <Input value={name} onChange={(e) => setName(e.detail.value)} autoFocus autoComplete={false} />
      </FormField>
      {from && (
        <p>
          It points at key {from.KeyId} now ({keyType(from.KeySpec)}, {usageText(from.KeyUsage)}).
        </p>
      )}
    </Confirm>
  );
}

function DeleteAliases({ metadata, aliases, onDone, onClose }: Dialog & { aliases: readonly AliasListEntry[] }) {
  const client = useClient(KMSClient);
  const remove = async () => {
    // changeEach names keys: each alias stands for one here.
    const targets = aliases.map((a) => ({ KeyId: a.AliasName }));
    await changeEach(targets, (a) => client.send(new DeleteAliasCommand({ AliasName: a.KeyId })), {
      one: (a) => `Alias ${withoutPrefix(a.KeyId!)} was deleted`,
      many: (n) => `${n} aliases were deleted`,
      onDone,
    });
  };
  return (
    <Confirm
      title={aliases.length === 1 ? 'Delete alias' : 'Delete aliases'}
      action="Delete"
      typed="delete"
      warning="Who uses the key by an alias that you delete can’t do so any more. The key itself stays."
      onConfirm={remove}
      onClose={onClose}
    >
      <p>These aliases of key {metadata.KeyId} will be deleted:</p>
      <ul>
        {aliases.map((a) => (
          <li key={a.AliasName}>{withoutPrefix(a.AliasName!)}</li>
        ))}
      </ul>
    </Confirm>
  );
}
