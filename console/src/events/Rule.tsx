// A rule: what it matches, and where it sends that.
import { DescribeRuleCommand, DisableRuleCommand, EnableRuleCommand, EventBridgeClient, ListTagsForResourceCommand, ListTargetsByRuleCommand, TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-eventbridge';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { useClient } from '../app/client';
import { done, failed } from '../app/flash';
import { everything, useLoad } from '../app/load';
import { useGo } from '../app/region';
import { Copy } from '../ui/Copy';
import { ErrorNote } from '../ui/ErrorNote';
import { Fields, Loading } from '../ui/Field';
import { JsonView } from '../ui/JsonEditor';
import { Page } from '../ui/Page';
import { ResourceTable } from '../ui/ResourceTable';
import { TagsPanel } from '../ui/TagsPanel';
import { DeleteRule } from './DeleteRule';
import { RuleState } from './Rules';
import { kindOfTarget, rulePath } from './rule';

export function Rule() {
  const { bus = 'default', name = '' } = useParams();
  const events = useClient(EventBridgeClient);
  const go = useGo();
  const [query, setQuery] = useSearchParams();
  const [deleting, setDeleting] = useState(false);
  const rule = useLoad((abortSignal) => events.send(new DescribeRuleCommand({ Name: name, EventBusName: bus }), { abortSignal }), [events, bus, name]);
  const targets = useLoad(
    (abortSignal) =>
      everything(async (NextToken) => {
        const page = await events.send(new ListTargetsByRuleCommand({ Rule: name, EventBusName: bus, NextToken }), { abortSignal });
        return { items: page.Targets, next: page.NextToken };
      }, abortSignal),
    [events, bus, name],
  );
  const r = rule.data;
  const enabled = r?.State !== 'DISABLED';
  const toggle = async () => {
    const what = { Name: name, EventBusName: bus };
    try {
      done(`Rule ${name} was ${enabled ? 'disabled' : 'enabled'}.`, enabled ? await events.send(new DisableRuleCommand(what)) : await events.send(new EnableRuleCommand(what)));
      rule.reload();
    } catch (e) {
      failed(`Rule ${name} was not ${enabled ? 'disabled' : 'enabled'}`, e);
    }
  };
  return (
    <Page
      title={name}
      above={[{ text: 'Rules', path: `/events/rules?bus=${encodeURIComponent(bus)}` }]}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button disabled={!r} onClick={toggle}>
            {enabled ? 'Disable' : 'Enable'}
          </Button>
          <Button disabled={!r} onClick={() => setDeleting(true)}>
            Delete
          </Button>
          <Button disabled={!r} onClick={() => go(`${rulePath(bus, name)}/edit`)}>
            Edit
          </Button>
        </SpaceBetween>
      }
    >
      <ErrorNote error={rule.error} retry={rule.reload} />
      {!r && rule.loading && <Loading />}
      {r && (
        <>
          <Container header={<Header variant="h2">Rule details</Header>}>
            <Fields
              items={[
                { label: 'Rule name', value: r.Name },
                { label: 'Status', value: <RuleState rule={r} /> },
                { label: 'Event bus name', value: r.EventBusName },
                { label: 'Description', value: r.Description },
                { label: 'Rule ARN', value: <Copy text={r.Arn} name="rule ARN" /> },
                { label: 'Type', value: r.ScheduleExpression ? 'Scheduled standard' : 'Standard' },
              ]}
            />
          </Container>
          <Tabs
            ariaLabel="Parts of the rule"
            activeTabId={query.get('tab') ?? 'event'}
            onChange={(e) => setQuery({ tab: e.detail.activeTabId }, { replace: true })}
            tabs={[
              {
                id: 'event',
                label: r.ScheduleExpression ? 'Event schedule' : 'Event pattern',
                content: <Container>{r.ScheduleExpression ? <Fields items={[{ label: 'Schedule', value: r.ScheduleExpression }]} /> : <JsonView text={r.EventPattern ?? ''} />}</Container>,
              },
              {
                id: 'targets',
                label: 'Targets',
                content: (
                  <ResourceTable
                    title="Targets"
                    one="target"
                    many="targets"
                    items={targets.data}
                    loading={targets.loading}
                    error={targets.error}
                    reload={targets.reload}
                    trackBy={(t) => t.Id!}
                    columns={[
                      { id: 'id', header: 'ID', cell: (t) => t.Id, value: (t) => t.Id, isRowHeader: true },
                      { id: 'type', header: 'Type', cell: (t) => kindOfTarget(t.Arn!), value: (t) => kindOfTarget(t.Arn!) },
                      { id: 'arn', header: 'ARN', cell: (t) => <Copy text={t.Arn} name="target ARN" />, value: (t) => t.Arn },
                      { id: 'input', header: 'Input', cell: (t) => (t.Input !== undefined ? 'Constant' : t.InputPath !== undefined ? 'Part of the matched event' : t.InputTransformer ? 'Input transformer' : 'Matched event') },
                      { id: 'role', header: 'Role', cell: (t) => t.RoleArn ?? '–', value: (t) => t.RoleArn },
                    ]}
                    empty={{ hint: 'The rule sends its events nowhere.' }}
                  />
                ),
              },
              {
                id: 'tags',
                label: 'Tags',
                content: (
                  <TagsPanel
                    of={r.Arn!}
                    load={async () => (await events.send(new ListTagsForResourceCommand({ ResourceARN: r.Arn }))).Tags?.map((t) => ({ key: t.Key!, value: t.Value! })) ?? []}
                    put={(tags) => events.send(new TagResourceCommand({ ResourceARN: r.Arn, Tags: tags.map((t) => ({ Key: t.key, Value: t.value })) }))}
                    remove={(TagKeys) => events.send(new UntagResourceCommand({ ResourceARN: r.Arn, TagKeys }))}
                  />
                ),
              },
            ]}
          />
        </>
      )}
      {deleting && <DeleteRule bus={bus} name={name} onClose={() => setDeleting(false)} onDone={() => go(`/events/rules?bus=${encodeURIComponent(bus)}`)} />}
    </Page>
  );
}
