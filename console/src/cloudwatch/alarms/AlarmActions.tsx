// What can be done with alarms that exist, from the list and from an alarm's own screen.
import { CloudWatchClient, DisableAlarmActionsCommand, EnableAlarmActionsCommand } from '@aws-sdk/client-cloudwatch';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done, failed } from '../../app/flash';
import { useGo } from '../../app/region';
import { Confirm } from '../../ui/Confirm';
import { alarmScreen, deleteAlarms, type Alarm } from './api';
import { SetState } from './SetState';

interface Props {
  alarms: readonly Alarm[];
  /** after something else than deleting was done */
  onChanged: () => void;
  onDeleted: () => void;
}

const batch = 100;

export function AlarmActions({ alarms, onChanged, onDeleted }: Props) {
  const client = useClient(CloudWatchClient);
  const go = useGo();
  const [dialog, setDialog] = useState<'delete' | 'state'>();
  const [busy, setBusy] = useState(false);
  const one = alarms.length === 1 ? alarms[0] : undefined;
  const none = alarms.length === 0;
  const what = one ? one.name : `${alarms.length} alarms`;

  const setActions = async (on: boolean) => {
    setBusy(true);
    try {
      let result;
      for (let i = 0; i < alarms.length; i += batch) {
        const AlarmNames = alarms.slice(i, i + batch).map((a) => a.name);
        result = await client.send(on ? new EnableAlarmActionsCommand({ AlarmNames }) : new DisableAlarmActionsCommand({ AlarmNames }));
      }
      done(`Actions of ${what} ${on ? 'enabled' : 'disabled'}`, result);
      onChanged();
    } catch (error) {
      failed(`Actions of ${what} could not be ${on ? 'enabled' : 'disabled'}`, error);
    } finally {
      setBusy(false);
    }
  };
  const run: Record<string, () => void> = {
    edit: () => go(`${alarmScreen(one!.name)}/edit`),
    copy: () => go(`/cloudwatch/alarms/create/${one!.composite ? 'composite' : 'metric'}?copy=${encodeURIComponent(one!.name)}`),
    enable: () => void setActions(true),
    disable: () => void setActions(false),
    state: () => setDialog('state'),
    delete: () => setDialog('delete'),
  };
  return (
    <>
      <ButtonDropdown
        loading={busy}
        expandToViewport
        items={[
          { id: 'edit', text: 'Edit', disabled: !one },
          { id: 'copy', text: 'Copy', disabled: !one },
          { id: 'enable', text: 'Enable actions', disabled: none || alarms.every((a) => a.actionsEnabled) },
          { id: 'disable', text: 'Disable actions', disabled: none || alarms.every((a) => !a.actionsEnabled) },
          { id: 'state', text: 'Set alarm state', disabled: !one },
          { id: 'delete', text: 'Delete', disabled: none },
        ]}
        onItemClick={(e) => run[e.detail.id]()}
      >
        Actions
      </ButtonDropdown>
      {dialog === 'state' && one && <SetState alarm={one} onDone={onChanged} onClose={() => setDialog(undefined)} />}
      {dialog === 'delete' && (
        <Confirm
          title={alarms.length === 1 ? 'Delete alarm' : 'Delete alarms'}
          action="Delete"
          onClose={() => setDialog(undefined)}
          onConfirm={async () => {
            const result = await deleteAlarms(client, alarms);
            done(one ? `Alarm ${one.name} deleted` : `${alarms.length} alarms deleted`, result);
            onDeleted();
          }}
        >
          Permanently delete {one ? <b>{one.name}</b> : <b>{alarms.length} alarms</b>}? Nobody will be notified by {one ? 'it' : 'them'} any more. This can&apos;t be undone.
          {!one && (
            <ul>
              {alarms.slice(0, 20).map((a) => (
                <li key={a.name}>{a.name}</li>
              ))}
              {alarms.length > 20 && <li>and {alarms.length - 20} more</li>}
            </ul>
          )}
        </Confirm>
      )}
    </>
  );
}
