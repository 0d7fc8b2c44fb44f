// Aliases of some keys: those to remove, and a new one for each.
import { CreateAliasCommand, DeleteAliasCommand, KMSClient } from '@aws-sdk/client-kms';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TokenGroup from '@cloudscape-design/components/token-group';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { Confirm } from '../../ui/Confirm';
import { aliasError } from '../aliases';
import { withoutPrefix } from '../describe';
import type { Target } from './KeyActions';

interface Edit {
  added: string;
  removed: readonly string[];
}

export function EditAliases({ keys, onDone, onClose }: { keys: readonly Target[]; onDone: () => void; onClose: () => void }) {
  const client = useClient(KMSClient);
  const [edits, setEdits] = useState<Readonly<Record<string, Edit>>>({});
  const of = (id: string): Edit => edits[id] ?? { added: '', removed: [] };
  const edit = (id: string, change: Partial<Edit>) => setEdits({ ...edits, [id]: { ...of(id), ...change } });
  const names = Object.values(edits).map((e) => e.added).filter(Boolean);
  const wrong = (name: string) => (name === '' ? undefined : (aliasError(name) ?? (names.filter((n) => n === name).length > 1 ? 'Two keys cannot have the same alias.' : undefined)));
  const changed = Object.values(edits).some((e) => e.added !== '' || e.removed.length > 0);
  // What has been done is taken out of the form, so that after an error only the rest is tried again.
  const save = async () => {
    for (const { id } of keys) {
      const { added, removed } = of(id);
      if (added) {
        const result = await client.send(new CreateAliasCommand({ AliasName: `alias/${added}`, TargetKeyId: id }));
        setEdits((e) => ({ ...e, [id]: { ...e[id], added: '' } }));
        done(`Alias ${added} was created for key ${id}`, result);
        onDone();
      }
      for (const AliasName of removed) {
        const result = await client.send(new DeleteAliasCommand({ AliasName }));
        setEdits((e) => ({ ...e, [id]: { ...e[id], removed: e[id].removed.filter((r) => r !== AliasName) } }));
        done(`Alias ${withoutPrefix(AliasName)} was deleted`, result);
        onDone();
      }
    }
  };
  return (
    <Confirm size="large" title="Add or edit aliases" action="Save changes" disabled={!changed || names.some((n) => wrong(n))} onConfirm={save} onClose={onClose}>
      <SpaceBetween size="l">
        {keys.map((k) => (
          <FormField
            key={k.id}
            stretch
            label={`New alias of key ${k.id}`}
            description="An alias that you remove stops working for all who use the key by it."
            errorText={wrong(of(k.id).added)}
          >
            <SpaceBetween size="xs">
              <Input value={of(k.id).added} placeholder="Enter an alias" onChange={(e) => edit(k.id, { added: e.detail.value })} autoComplete={false} />
              <TokenGroup
                items={k.aliases.filter((a) => !of(k.id).removed.includes(a)).map((a) => ({ label: withoutPrefix(a), dismissLabel: `Remove alias ${withoutPrefix(a)}` }))}
                onDismiss={(e) => {
                  const left = k.aliases.filter((a) => !of(k.id).removed.includes(a));
                  edit(k.id, { removed: [...of(k.id).removed, left[e.detail.itemIndex]] });
                }}
              />
            </SpaceBetween>
          </FormField>
        ))}
      </SpaceBetween>
    </Confirm>
  );
}
