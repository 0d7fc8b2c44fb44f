// Adding graphs to a dashboard, below what others have put there.
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import Box from '@cloudscape-design/components/box';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState, type KeyboardEvent } from 'react';
import { useClient } from '../app/client';
import { done } from '../app/flash';
import { useLoad } from '../app/load';
import { useRegion } from '../app/region';
import { Confirm } from '../ui/Confirm';
import { ErrorNote } from '../ui/ErrorNote';
import { Go } from '../ui/Go';
import { addGraphs, checkName, listDashboards } from './data/dashboards.ts';
import type { GraphSpec } from './spec/graph.ts';

export function AddToDashboard({ specs, onClose }: { specs: readonly GraphSpec[]; onClose: () => void }) {
  const client = useClient(CloudWatchClient);
  const region = useRegion();
  const list = useLoad((signal) => listDashboards(client, signal), [client]);
  const [kind, setKind] = useState<'existing' | 'new'>();
  const [chosen, setChosen] = useState('');
  const [name, setName] = useState('');
  const [tried, setTried] = useState(false);
  const names = list.data ?? [];
  const isNew = (kind ?? (list.data && !names.length ? 'new' : 'existing')) === 'new';
  const fault = isNew ? checkName(name, names) : chosen ? undefined : 'Choose a dashboard.';
  const target = isNew ? name : chosen;
  const what = specs.length === 1 ? `The graph ${specs[0].title ?? ''}`.trim() : `All ${specs.length} graphs`;

  const add = async () => {
    const result = await addGraphs(client, target, isNew, specs, region);
    done(
      <>
        {specs.length === 1 ? 'The graph was' : `${specs.length} graphs were`} added to the dashboard <Go to={`/cloudwatch/dashboards/${target}`}>{target}</Go>.
      </>,
      result,
    );
  };

  return (
    // What is pressed here is not for a dialog around this one: Escape would close both.
    <div onKeyDown={(e: KeyboardEvent) => e.key === 'Escape' && e.stopPropagation()}>
      <Confirm title="Add to dashboard" action="Add to dashboard" check={() => (setTried(true), !fault)} onConfirm={add} onClose={onClose}>
        <SpaceBetween size="m">
          <Box>{what} will be added below what is on the dashboard.</Box>
          <RadioGroup
            ariaLabel="Dashboard"
            value={isNew ? 'new' : 'existing'}
            onChange={(e) => (setKind(e.detail.value as 'existing' | 'new'), setTried(false))}
            items={[
              { value: 'existing', label: 'Existing dashboard', disabled: list.data !== undefined && !names.length },
              { value: 'new', label: 'New dashboard' },
            ]}
          />
          {isNew ? (
            <FormField label="Dashboard name" errorText={tried && fault} constraintText="Letters, digits, - and _; 255 characters at most.">
              <Input value={name} onChange={(e) => setName(e.detail.value)} autoComplete={false} />
            </FormField>
          ) : (
            <FormField label="Dashboard" errorText={tried && fault}>
              <Select
                selectedOption={chosen ? { value: chosen, label: chosen } : null}
                options={names.map((n) => ({ value: n, label: n }))}
                onChange={(e) => setChosen(e.detail.selectedOption.value!)}
                placeholder="Choose a dashboard"
                filteringType="auto"
                expandToViewport
                statusType={list.loading ? 'loading' : list.error ? 'error' : 'finished'}
                loadingText="Loading dashboards"
                errorText="The dashboards could not be read"
                empty="There are no dashboards yet"
              />
            </FormField>
          )}
          <ErrorNote error={list.error} retry={list.reload} header="The dashboards could not be read" />
        </SpaceBetween>
      </Confirm>
    </div>
  );
}
