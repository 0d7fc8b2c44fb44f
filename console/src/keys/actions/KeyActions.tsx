// The menu "Key actions", for the keys that are selected in a list or for the one of a screen.
import type { KeyMetadata } from '@aws-sdk/client-kms';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import { lazy, Suspense, useState } from 'react';
import { isPendingDeletion } from '../describe';
import { ConfirmState } from './ConfirmState';
import { EditAliases } from './EditAliases';
import { EditTags } from './EditTags';

const ScheduleDeletion = lazy(() => import('../deletion/ScheduleDeletion').then((m) => ({ default: m.ScheduleDeletion })));
const CancelDeletion = lazy(() => import('../deletion/CancelDeletion').then((m) => ({ default: m.CancelDeletion })));

/** Target is a key that something is done to. */
export interface Target {
  id: string;
  aliases: readonly string[];
  metadata?: KeyMetadata;
}

interface Props {
  keys: readonly Target[];
  /** called with the keys that have been changed */
  onDone: (ids: readonly string[]) => void;
  /** actions that the screen has elsewhere */
  without?: readonly string[];
}

export function KeyActions({ keys, onDone, without = [] }: Props) {
  const [asked, setAsked] = useState<string>();
  const known = keys.flatMap((k) => k.metadata ?? []);
  const all = keys.length > 0 && known.length === keys.length;
  const each = (may: (m: KeyMetadata) => boolean) => all && known.every(may);
  const pending = isPendingDeletion;
  const why = (may: boolean, reason: string) => ({ disabled: !may, disabledReason: may ? undefined : keys.length === 0 ? 'Select at least one key.' : reason });
  const items = [
    { id: 'enable', text: 'Enable', ...why(each((m) => m.KeyState === 'Disabled'), 'Only disabled keys can be enabled.') },
    { id: 'disable', text: 'Disable', ...why(each((m) => m.KeyState === 'Enabled'), 'Only enabled keys can be disabled.') },
    { id: 'schedule', text: 'Schedule key deletion', ...why(each((m) => !pending(m) && m.KeyState !== 'Updating'), 'A key is pending deletion already.') },
    { id: 'cancel', text: 'Cancel key deletion', ...why(each(pending), 'Only the deletion of keys that are pending deletion can be canceled.') },
    { id: 'tags', text: 'Add or edit tags', ...why(each((m) => !pending(m)), 'Tags of a key that is pending deletion can’t be changed.') },
    { id: 'aliases', text: 'Add or edit aliases', ...why(keys.length > 0 && keys.length <= 20, 'Select at most 20 keys.') },
  ].filter((i) => !without.includes(i.id));
  const ids = keys.map((k) => k.id);
  const props = { onClose: () => setAsked(undefined), onDone: () => onDone(ids) };
  return (
    <>
      <ButtonDropdown items={items} onItemClick={(e) => setAsked(e.detail.id)} expandToViewport>
        Key actions
      </ButtonDropdown>
      <Suspense>
        {(asked === 'enable' || asked === 'disable') && <ConfirmState to={asked} keys={known} {...props} />}
        {asked === 'schedule' && <ScheduleDeletion keys={known} {...props} />}
        {asked === 'cancel' && <CancelDeletion keys={known} {...props} />}
        {asked === 'tags' && <EditTags keys={known} {...props} />}
        {asked === 'aliases' && <EditAliases keys={keys} {...props} />}
      </Suspense>
    </>
  );
}
