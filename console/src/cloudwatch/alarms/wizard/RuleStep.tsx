// The first step of a composite alarm: its rule, checked while it is written.
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Multiselect from '@cloudscape-design/components/multiselect';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useClient } from '../../../app/client';
import { useLoad } from '../../../app/load';
import { ErrorNote } from '../../../ui/ErrorNote';
import { ResourceTable } from '../../../ui/ResourceTable';
import { AlarmState } from '../AlarmState';
import { allAlarms } from '../api';
import { nameOfChild, parseRule, type Rule } from '../rule';
import { ruleErrors, type CompositeForm } from './composite';

interface Props {
  form: CompositeForm;
  onChange: (part: Partial<CompositeForm>) => void;
  tried: boolean;
}

function read(text: string): Rule | undefined {
  try {
    return parseRule(text);
  } catch {
    return undefined;
  }
}

export function RuleStep({ form, onChange, tried }: Props) {
  const client = useClient(CloudWatchClient);
  const alarms = useLoad((signal) => allAlarms(client, signal), [client]);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const errors = ruleErrors(form);
  const rule = read(form.rule);
  const byName = new Map(alarms.data?.map((a) => [a.name, a]));
  const children = rule?.children.map(nameOfChild) ?? [];
  const missing = alarms.data ? children.filter((c) => !byName.has(c)) : [];
  const others = (alarms.data ?? []).filter((a) => a.name !== form.name);
  const add = (by: 'OR' | 'AND') => {
    const terms = chosen.map((n) => `ALARM("${n}")`).join(` ${by}\n`);
    onChange({ rule: form.rule.trim() ? `(${form.rule.trim()}) ${by}\n${terms}` : terms });
    setChosen([]);
  };
  const notFound = missing.length && !errors.rule ? `There is no alarm with the name ${missing.slice(0, 3).join(', ')}.` : undefined;
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Composite alarm conditions</Header>}>
        <SpaceBetween size="m">
          <FormField label="Add alarms to the rule - optional" description="Choose alarms, and whether one of them is enough." stretch>
            <SpaceBetween size="xs">
              <Multiselect
                ariaLabel="Alarms"
                placeholder="Select alarms"
                filteringType="auto"
                selectedOptions={chosen.map((n) => ({ value: n, label: n }))}
                options={others.map((a) => ({ value: a.name, label: a.name }))}
                onChange={(e) => setChosen(e.detail.selectedOptions.map((o) => o.value!))}
                statusType={alarms.loading ? 'loading' : 'finished'}
                loadingText="Loading alarms"
                empty="There are no alarms yet"
                deselectAriaLabel={(o) => `Remove ${o.label}`}
              />
              <SpaceBetween direction="horizontal" size="xs">
                <Button disabled={!chosen.length} onClick={() => add('OR')}>
                  Any in alarm (OR)
                </Button>
                <Button disabled={!chosen.length} onClick={() => add('AND')}>
                  All in alarm (AND)
                </Button>
              </SpaceBetween>
            </SpaceBetween>
          </FormField>
          <FormField
            stretch
            label="Alarm rule"
            description={'ALARM("name"), OK("name"), INSUFFICIENT_DATA("name"), TRUE, FALSE, and AT_LEAST(2, ALARM, (a, b, c)), with AND, OR, NOT and parentheses.'}
            errorText={(tried || form.rule) && (errors.rule ?? notFound)}
          >
            <div className="code">
              <Textarea value={form.rule} rows={6} ariaLabel="Alarm rule" spellcheck={false} autoComplete={false} onChange={(e) => onChange({ rule: e.detail.value })} placeholder={'ALARM("CPUUtilization") AND NOT ALARM("Deploying")'} />
            </div>
          </FormField>
          <ErrorNote error={alarms.error} retry={alarms.reload} header="The alarms could not be read" />
          {rule && alarms.data && !missing.length && (
            <Alert type={rule.isTrue((n) => byName.get(nameOfChild(n))?.state) ? 'warning' : 'success'}>
              With the alarms as they are now, this alarm would be {rule.isTrue((n) => byName.get(nameOfChild(n))?.state) ? 'in alarm' : 'OK'}.
            </Alert>
          )}
          {children.length > 0 && (
            <ResourceTable
              title="Alarms in the rule"
              headingTag="h3"
              one="alarm"
              many="alarms"
              variant="embedded"
              noFilter
              items={children}
              trackBy={(n) => n}
              columns={[
                { id: 'name', header: 'Name', cell: (n) => n, isRowHeader: true },
                { id: 'state', header: 'State', cell: (n) => (byName.has(n) ? <AlarmState state={byName.get(n)!.state} /> : alarms.data ? 'No such alarm' : '–') },
              ]}
            />
          )}
        </SpaceBetween>
      </Container>
      <ExpandableSection variant="container" headerText="Alarm action suppression - optional" defaultExpanded={form.suppressor !== ''}>
        <SpaceBetween size="m">
          <FormField label="Suppressor alarm" description="While this alarm is in alarm, the composite alarm takes no actions.">
            <Select
              selectedOption={form.suppressor ? { value: form.suppressor, label: nameOfChild(form.suppressor) } : { value: '', label: 'None' }}
              options={[{ value: '', label: 'None' }, ...others.map((a) => ({ value: a.name, label: a.name }))]}
              filteringType="auto"
              onChange={(e) => onChange({ suppressor: e.detail.selectedOption.value! })}
            />
          </FormField>
          {form.suppressor && (
            <ColumnLayout columns={2}>
              <FormField label="Wait period (seconds)" description="How long actions wait for the suppressor to go into alarm." errorText={errors.wait}>
                <Input inputMode="numeric" value={form.wait} onChange={(e) => onChange({ wait: e.detail.value })} />
              </FormField>
              <FormField label="Extension period (seconds)" description="How long actions wait after the suppressor has left alarm." errorText={errors.extension}>
                <Input inputMode="numeric" value={form.extension} onChange={(e) => onChange({ extension: e.detail.value })} />
              </FormField>
            </ColumnLayout>
          )}
        </SpaceBetween>
      </ExpandableSection>
    </SpaceBetween>
  );
}
