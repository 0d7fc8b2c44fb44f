// What an origin other than AWS KMS asks for.
import { DescribeCustomKeyStoresCommand, KMSClient } from '@aws-sdk/client-kms';
import Checkbox from '@cloudscape-design/components/checkbox';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useClient } from '../../app/client';
import { everything, useLoad } from '../../app/load';
import { messageOf } from '../../ui/ErrorNote';
import { Go } from '../../ui/Go';
import type { StepProps } from './CreateKey';
import { inStore } from './model';

export function OriginFields({ form, change, errors }: StepProps) {
  if (form.origin === 'EXTERNAL') {
    return (
      <FormField errorText={errors.understood}>
        <Checkbox checked={form.understood} onChange={(e) => change({ understood: e.detail.checked })} description="You are responsible for the key material’s availability: keep a copy of it outside. If it is lost, what was encrypted under it can’t be decrypted.">
          I understand the security and durability implications of using an imported key.
        </Checkbox>
      </FormField>
    );
  }
  return inStore(form.origin) ? <StoreFields form={form} change={change} errors={errors} /> : null;
}

function StoreFields({ form, change, errors }: StepProps) {
  const client = useClient(KMSClient);
  const hsm = form.origin === 'AWS_CLOUDHSM';
  const stores = useLoad(
    (signal) =>
      everything(async (Marker) => {
        const r = await client.send(new DescribeCustomKeyStoresCommand({ Marker }), { abortSignal: signal });
        return { items: r.CustomKeyStores, next: r.NextMarker };
      }, signal),
    [client],
  );
  const options = (stores.data ?? [])
    .filter((s) => s.CustomKeyStoreType === (hsm ? 'AWS_CLOUDHSM' : 'EXTERNAL_KEY_STORE'))
    .map((s) => {
      const connected = s.ConnectionState === 'CONNECTED';
      return { value: s.CustomKeyStoreId!, label: s.CustomKeyStoreName, description: `${s.CustomKeyStoreId}${connected ? '' : ' · not connected'}`, disabled: !connected };
    });
  const home = hsm ? '/kms/cloudhsm-stores' : '/kms/external-stores';
  return (
    <SpaceBetween size="l">
      <FormField
        label="Custom key store"
        description={
          <>
            The key store must be connected. <Go to={home}>Manage {hsm ? 'AWS CloudHSM key stores' : 'external key stores'}</Go>
          </>
        }
        errorText={errors.store ?? (stores.error && messageOf(stores.error))}
      >
        <Select
          options={options}
          selectedOption={options.find((o) => o.value === form.store) ?? null}
          onChange={(e) => change({ store: e.detail.selectedOption.value! })}
          placeholder="Choose a custom key store"
          statusType={stores.error ? 'error' : stores.loading ? 'loading' : 'finished'}
          loadingText="Loading key stores"
          errorText={stores.error && messageOf(stores.error)}
          empty={`No ${hsm ? 'AWS CloudHSM key stores' : 'external key stores'}`}
          triggerVariant="option"
        />
      </FormField>
      {!hsm && (
        <FormField label="External key ID" description="The ID of a key in your external key manager. Each external key can be used by one KMS key of a store only, and the ID can’t be changed." errorText={errors.xksKey}>
          <Input value={form.xksKey} onChange={(e) => change({ xksKey: e.detail.value.trim() })} autoComplete={false} />
        </FormField>
      )}
    </SpaceBetween>
  );
}
