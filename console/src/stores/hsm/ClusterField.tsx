// The choice of a CloudHSM cluster. Those that can't be chosen say why.
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import type { Loaded } from '../../app/load';
import { Go } from '../../ui/Go';
import type { Choice } from './clusters.ts';

interface Props {
  value: string;
  onChange: (id: string) => void;
  choices: Loaded<Choice[]>;
  error?: string;
  disabled?: boolean;
}

export function ClusterField({ value, onChange, choices, error, disabled }: Props) {
  const options = (choices.data ?? []).map(({ cluster, why }) => {
    const hsms = (cluster.Hsms ?? []).filter((h) => h.State === 'ACTIVE').length;
    return {
      value: cluster.ClusterId,
      label: cluster.ClusterId,
      description: why ?? `${hsms} active ${hsms === 1 ? 'HSM' : 'HSMs'}`,
      labelTag: cluster.State,
      disabled: why !== undefined,
    };
  });
  const none = choices.data?.every((c) => c.why) ?? false;
  return (
    <FormField
      label="CloudHSM cluster"
      description="An active cluster with at least two HSMs in different Availability Zones, which no other key store uses."
      errorText={error}
      constraintText={
        none && choices.data!.length > 0 ? (
          'No cluster can be chosen. Open the list to see why.'
        ) : none ? (
          <>
            There is no cluster. <Go to="/cloudhsm/clusters/create">Create a cluster</Go> first.
          </>
        ) : undefined
      }
      secondaryControl={<Button iconName="refresh" formAction="none" ariaLabel="Refresh clusters" loading={choices.loading} onClick={choices.reload} />}
    >
      <Select
        selectedOption={value ? (options.find((o) => o.value === value) ?? { value, label: value }) : null}
        onChange={(e) => onChange(e.detail.selectedOption.value!)}
        options={options}
        placeholder="Choose a cluster"
        disabled={disabled}
        statusType={choices.loading && !choices.data ? 'loading' : choices.error ? 'error' : 'finished'}
        loadingText="Loading clusters"
        errorText={choices.error && `The clusters could not be read: ${choices.error.name}: ${choices.error.message}`}
        recoveryText="Retry"
        onLoadItems={() => choices.error && choices.reload()}
        empty="No clusters"
      />
    </FormField>
  );
}
