// The alarms of this Region.
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import Button from '@cloudscape-design/components/button';
import Select from '@cloudscape-design/components/select';
import { useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useClient } from '../../app/client';
import { useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { Go } from '../../ui/Go';
import { Page } from '../../ui/Page';
import { ResourceTable, type Column } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { AlarmActions } from './AlarmActions';
import { AlarmState } from './AlarmState';
import { alarmScreen, allAlarms, type Alarm } from './api';
import { states } from './state';
import { actionsOf, conditionsOf, stateNames } from './words';

const columns: Column<Alarm>[] = [
  { id: 'name', header: 'Name', cell: (a) => <Go to={alarmScreen(a.name)}>{a.name}</Go>, value: (a) => a.name, isRowHeader: true },
  { id: 'state', header: 'State', cell: (a) => <AlarmState state={a.state} />, value: (a) => stateNames[a.state], width: 160 },
  { id: 'updated', header: 'Last state update', cell: (a) => <Time at={a.updated} seconds />, value: (a) => a.updated?.toISOString(), width: 250 },
  { id: 'conditions', header: 'Conditions', cell: conditionsOf, value: conditionsOf },
  { id: 'actions', header: 'Actions', cell: actionsOf, value: actionsOf, width: 160 },
  { id: 'type', header: 'Type', cell: (a) => (a.composite ? 'Composite' : 'Metric'), value: (a) => (a.composite ? 'Composite' : 'Metric'), hidden: true },
  { id: 'description', header: 'Description', cell: (a) => a.description || '–', value: (a) => a.description, hidden: true },
];

interface Choice {
  name: string;
  label: string;
  options: readonly { value: string; label: string }[];
  is: (a: Alarm, value: string) => boolean;
}

const filters: readonly Choice[] = [
  { name: 'state', label: 'Alarm state', options: states.map((s) => ({ value: s, label: stateNames[s] })), is: (a, v) => a.state === v },
  { name: 'type', label: 'Alarm type', options: [{ value: 'metric', label: 'Metric' }, { value: 'composite', label: 'Composite' }], is: (a, v) => (v === 'composite') === (a.composite !== undefined) },
  {
    name: 'actions',
    label: 'Actions status',
    options: ['Actions enabled', 'Actions disabled', 'No actions'].map((label) => ({ value: label, label })),
    is: (a, v) => actionsOf(a) === v,
  },
];

export function AlarmList() {
  const client = useClient(CloudWatchClient);
  const go = useGo();
  const [search, setSearch] = useSearchParams();
  const { data, error, loading, reload } = useLoad((signal) => allAlarms(client, signal), [client]);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const shown = useMemo(() => data?.filter((a) => filters.every((f) => !search.get(f.name) || f.is(a, search.get(f.name)!))), [data, search]);
  const selected = shown?.filter((a) => chosen.includes(a.name)) ?? [];
  const compose = `/cloudwatch/alarms/create/composite?${new URLSearchParams(selected.map((a) => ['alarm', a.name]))}`;
  return (
    <Page title="Alarms">
      <ResourceTable<Alarm>
        title="Alarms"
        one="alarm"
        many="alarms"
        id="alarms"
        address="search"
        items={shown}
        loading={loading}
        error={error}
        reload={reload}
        columns={columns}
        trackBy={(a) => a.name}
        sortedBy="name"
        selection="multi"
        selected={selected}
        onSelect={(items) => setChosen(items.map((a) => a.name))}
        empty={
          data?.length
            ? { title: 'No matches', hint: 'No alarms match the filters.', action: <Button onClick={() => setSearch({}, { replace: true })}>Clear filters</Button> }
            : {
                hint: 'Create an alarm to be notified when a metric crosses a threshold.',
                action: <Button onClick={() => go('/cloudwatch/alarms/create/metric')}>Create alarm</Button>,
              }
        }
        beside={filters.map((f) => {
          const value = search.get(f.name) ?? '';
          return (
            <div key={f.name} style={{ minWidth: 140 }}>
              <Select
                ariaLabel={f.label}
                inlineLabelText={f.label}
                selectedOption={f.options.find((o) => o.value === value) ?? { value: '', label: 'Any' }}
                options={[{ value: '', label: 'Any' }, ...f.options]}
                onChange={(e) => setSearch((s) => (e.detail.selectedOption.value ? s.set(f.name, e.detail.selectedOption.value) : s.delete(f.name), s), { replace: true })}
              />
            </div>
          );
        })}
        actions={
          <>
            <AlarmActions alarms={selected} onChanged={reload} onDeleted={() => (setChosen([]), reload())} />
            <Button onClick={() => go(selected.length ? compose : '/cloudwatch/alarms/create/composite')}>Create composite alarm</Button>
            <Button variant="primary" onClick={() => go('/cloudwatch/alarms/create/metric')}>
              Create alarm
            </Button>
          </>
        }
      />
    </Page>
  );
}
