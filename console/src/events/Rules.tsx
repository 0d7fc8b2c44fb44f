// The list of rules of an event bus.
import { DisableRuleCommand, EnableRuleCommand, EventBridgeClient, ListEventBusesCommand, ListRulesCommand, type Rule } from '@aws-sdk/client-eventbridge';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useClient } from '../app/client';
import { done, failed } from '../app/flash';
import { everything, useLoad } from '../app/load';
import { useGo } from '../app/region';
import { Go } from '../ui/Go';
import { Page } from '../ui/Page';
import { ResourceTable } from '../ui/ResourceTable';
import { DeleteRule } from './DeleteRule';
import { rulePath } from './rule';

export function Rules() {
  const events = useClient(EventBridgeClient);
  const go = useGo();
  const [query, setQuery] = useSearchParams();
  const bus = query.get('bus') ?? 'default';
  const [selected, setSelected] = useState<Rule[]>([]);
  const [deleting, setDeleting] = useState(false);
  const buses = useLoad(
    (abortSignal) =>
      everything(async (NextToken) => {
        const page = await events.send(new ListEventBusesCommand({ NextToken }), { abortSignal });
        return { items: page.EventBuses, next: page.NextToken };
      }, abortSignal),
    [events],
  );
  const rules = useLoad(
    (abortSignal) =>
      everything(async (NextToken) => {
        const page = await events.send(new ListRulesCommand({ EventBusName: bus, NextToken }), { abortSignal });
        return { items: page.Rules, next: page.NextToken };
      }, abortSignal),
    [events, bus],
  );
  const one = selected[0];
  const enabled = one?.State === 'ENABLED';
  const toggle = async () => {
    const what = { Name: one.Name, EventBusName: bus };
    try {
      done(`Rule ${one.Name} was ${enabled ? 'disabled' : 'enabled'}.`, enabled ? await events.send(new DisableRuleCommand(what)) : await events.send(new EnableRuleCommand(what)));
      setSelected([]);
      rules.reload();
    } catch (e) {
      failed(`Rule ${one.Name} was not ${enabled ? 'disabled' : 'enabled'}`, e);
    }
  };
  const create = (
    <Button variant="primary" onClick={() => go(`/events/rules/create?bus=${encodeURIComponent(bus)}`)}>
      Create rule
    </Button>
  );
  return (
    <Page title="Rules" description="A rule watches for events that match a pattern, or runs on a schedule, and sends them to targets.">
      <Container>
        <FormField label="Event bus" errorText={buses.error?.message}>
          <Select
            selectedOption={{ value: bus, label: bus }}
            options={buses.data?.map((b) => ({ value: b.Name, label: b.Name })) ?? [{ value: bus, label: bus }]}
            statusType={buses.loading ? 'loading' : 'finished'}
            onChange={(e) => {
              setSelected([]);
              setQuery({ bus: e.detail.selectedOption.value! });
            }}
          />
        </FormField>
      </Container>
      <ResourceTable
        id="rules"
        address="q"
        title="Rules"
        one="rule"
        many="rules"
        items={rules.data}
        loading={rules.loading}
        error={rules.error}
        reload={rules.reload}
        trackBy={(r) => r.Name!}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        sortedBy="name"
        columns={[
          { id: 'name', header: 'Name', cell: (r) => <Go to={rulePath(bus, r.Name!)}>{r.Name}</Go>, value: (r) => r.Name, isRowHeader: true },
          { id: 'state', header: 'Status', cell: (r) => <RuleState rule={r} />, value: (r) => r.State },
          { id: 'type', header: 'Type', cell: (r) => (r.ScheduleExpression ? 'Scheduled standard' : 'Standard'), value: (r) => (r.ScheduleExpression ? 'Scheduled standard' : 'Standard') },
          { id: 'schedule', header: 'Schedule', cell: (r) => r.ScheduleExpression ?? '–', value: (r) => r.ScheduleExpression },
          { id: 'description', header: 'Description', cell: (r) => r.Description ?? '–', value: (r) => r.Description },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!one} onClick={toggle}>
              {enabled || !one ? 'Disable' : 'Enable'}
            </Button>
            <Button disabled={!one} onClick={() => go(`${rulePath(bus, one.Name!)}/edit`)}>
              Edit
            </Button>
            <Button disabled={!one} onClick={() => setDeleting(true)}>
              Delete
            </Button>
            {create}
          </SpaceBetween>
        }
        empty={{ hint: 'Create a rule to hear of events such as “KMS Key Rotation” or of calls that the trail records.', action: create }}
      />
      {deleting && one && (
        <DeleteRule
          bus={bus}
          name={one.Name!}
          onClose={() => setDeleting(false)}
          onDone={() => {
            setSelected([]);
            rules.reload();
          }}
        />
      )}
    </Page>
  );
}

export function RuleState({ rule }: { rule: { State?: string } }) {
  return rule.State === 'DISABLED' ? <StatusIndicator type="stopped">Disabled</StatusIndicator> : <StatusIndicator type="success">Enabled</StatusIndicator>;
}
