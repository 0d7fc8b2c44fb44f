// Setting the state of an alarm by hand, to try what it does.
import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { Confirm } from '../../ui/Confirm';
import type { Alarm } from './api';
import { states, type State } from './state';
import { stateNames } from './words';

export function SetState({ alarm, onDone, onClose }: { alarm: Alarm; onDone: () => void; onClose: () => void }) {
  const client = useClient(CloudWatchClient);
  const [state, setState] = useState<State>(alarm.state === 'ALARM' ? 'OK' : 'ALARM');
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const wrong = reason.trim() === '' ? 'Enter a reason.' : reason.length > 1023 ? 'A reason has at most 1023 characters.' : undefined;
  return (
    <Confirm
      title="Set alarm state"
      action="Set alarm state"
      check={() => (setTried(true), !wrong)}
      onClose={onClose}
      onConfirm={async () => {
        const result = await client.send(new SetAlarmStateCommand({ AlarmName: alarm.name, StateValue: state, StateReason: reason }));
        done(`State of ${alarm.name} set to ${stateNames[state]}`, result);
        onDone();
      }}
    >
      <SpaceBetween size="m">
        <Box>The actions of the new state are executed. The state lasts until {alarm.composite ? 'an alarm in the rule changes its state' : 'the alarm is next evaluated'}.</Box>
        <FormField label="Alarm state">
          <Select
            selectedOption={{ value: state, label: stateNames[state] }}
            options={states.map((s) => ({ value: s, label: stateNames[s], description: s === alarm.state ? 'The state it is in now' : undefined }))}
            onChange={(e) => setState(e.detail.selectedOption.value as State)}
            expandToViewport
          />
        </FormField>
        <FormField label="Reason" description="Stands in the alarm's history and in notifications." errorText={tried && wrong}>
          <Textarea value={reason} rows={2} onChange={(e) => setReason(e.detail.value)} />
        </FormField>
      </SpaceBetween>
    </Confirm>
  );
}
