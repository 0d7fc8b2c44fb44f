// Rotation of a key's material: the schedule, on demand, and what has been.
import { DisableKeyRotationCommand, EnableKeyRotationCommand, GetKeyRotationStatusCommand, KMSClient, ListKeyRotationsCommand, RotateKeyOnDemandCommand, type GetKeyRotationStatusResponse, type KeyMetadata, type RotationsListEntry } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { everything, useLoad } from '../../app/load';
import { Confirm } from '../../ui/Confirm';
import { Copy } from '../../ui/Copy';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { ResourceTable, type Column } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { isAwsManaged } from '../describe';
import type { TabProps } from './KeyPage';

/** most is how many rotations on demand a key has in its life. */
const most = 25;

const materialStates: Record<string, string> = {
  CURRENT: 'Current',
  NON_CURRENT: 'Non-current',
  PENDING_ROTATION: 'Pending rotation',
  PENDING_MULTI_REGION_IMPORT_AND_ROTATION: 'Pending multi-Region import and rotation',
};

const columns: readonly Column<RotationsListEntry>[] = [
  { id: 'date', header: 'Rotation date', cell: (r) => <Time at={r.RotationDate} seconds />, value: (r) => r.RotationDate?.getTime() ?? 0 },
  { id: 'type', header: 'Rotation type', cell: (r) => typeText(r), value: typeText },
  { id: 'state', header: 'Key material state', cell: (r) => materialStates[r.KeyMaterialState ?? ''] ?? r.KeyMaterialState ?? '–', value: (r) => r.KeyMaterialState },
  { id: 'material', header: 'Key material ID', cell: (r) => <Copy text={r.KeyMaterialId} name="key material ID" />, value: (r) => r.KeyMaterialId, isRowHeader: true },
];

function typeText(r: RotationsListEntry): string {
  return r.RotationType === 'ON_DEMAND' ? 'On-demand' : r.RotationType === 'AUTOMATIC' ? 'Automatic' : r.KeyMaterialState === 'CURRENT' || r.KeyMaterialState === 'NON_CURRENT' ? 'First key material' : '–';
}

export function RotationTab({ metadata: m, reload }: TabProps) {
  const client = useClient(KMSClient);
  const KeyId = m.KeyId!;
  const status = useLoad((signal) => client.send(new GetKeyRotationStatusCommand({ KeyId }), { abortSignal: signal }), [client, m]);
  const history = useLoad(
    (signal) =>
      everything(async (Marker) => {
        const r = await client.send(new ListKeyRotationsCommand({ KeyId, Marker, Limit: 100, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }), { abortSignal: signal });
        return { items: r.Rotations, next: r.NextMarker };
      }, signal),
    [client, m],
  );
  const [asked, setAsked] = useState<'edit' | 'rotate'>();
  const managed = isAwsManaged(m);
  const external = m.Origin === 'EXTERNAL';
  const replica = m.MultiRegionConfiguration?.MultiRegionKeyType === 'REPLICA';
  const changeable = !managed && !replica && m.KeyState === 'Enabled';
  const onDemand = history.data?.filter((r) => r.RotationType === 'ON_DEMAND').length ?? 0;
  const last = history.data?.filter((r) => r.RotationType === 'AUTOMATIC').sort((a, b) => Number(b.RotationDate) - Number(a.RotationDate))[0];
  return (
    <SpaceBetween size="l">
      {replica && <Alert type="info">Rotation of multi-Region keys is set at the primary key, in {m.MultiRegionConfiguration?.PrimaryKey?.Region}.</Alert>}
      {external ? null : (
        <Container
          header={
            <Header
              variant="h2"
              actions={
                !managed && (
                  <Button disabled={!changeable || !status.data} onClick={() => setAsked('edit')} ariaLabel="Edit automatic key rotation">
                    Edit
                  </Button>
                )
              }
            >
              Automatic key rotation
            </Header>
          }
        >
          <ErrorNote error={status.error} retry={status.reload} />
          {!status.data && !status.error && <Loading />}
          {status.data && (
            <Fields
              columns={4}
              items={[
                { label: 'Status', value: status.data.KeyRotationEnabled ? <StatusIndicator>Enabled</StatusIndicator> : <StatusIndicator type="stopped">Disabled</StatusIndicator> },
                { label: 'Rotation period (in days)', value: status.data.RotationPeriodInDays ?? '–' },
                { label: 'Date of last automatic rotation', value: <Time at={last?.RotationDate} /> },
                { label: 'Next rotation date', value: <Time at={status.data.NextRotationDate} /> },
              ]}
            />
          )}
        </Container>
      )}
      {!managed && (
        <Container
          header={
            <Header
              variant="h2"
              description={external ? 'Rotates to the key material that was imported as new.' : 'Rotates the key material now. It does not change the schedule of automatic rotation.'}
              actions={
                <Button disabled={!changeable || onDemand >= most} onClick={() => setAsked('rotate')}>
                  Rotate now
                </Button>
              }
            >
              On-demand rotation
            </Header>
          }
        >
          <Fields
            items={[
              { label: 'On-demand rotations used', value: history.data ? `${onDemand} of ${most}` : '–' },
              status.data?.OnDemandRotationStartDate !== undefined && { label: 'Rotation in progress since', value: <Time at={status.data.OnDemandRotationStartDate} /> },
            ]}
          />
        </Container>
      )}
      <ResourceTable
        title="Key rotation history"
        one="rotation"
        many="rotations"
        items={history.data}
        loading={history.loading}
        error={history.error}
        reload={history.reload}
        columns={columns}
        trackBy={(r) => r.KeyMaterialId!}
        sortedBy="date"
        descending
        noFilter
        empty={{ title: 'No rotations', hint: 'The key material of this key has not been rotated.' }}
      />
      {asked === 'edit' && <EditRotation metadata={m} status={status.data!} onDone={reload} onClose={() => setAsked(undefined)} />}
      {asked === 'rotate' && (
        <Confirm
          title="Rotate key material now"
          action="Rotate key"
          onConfirm={async () => {
            const result = await client.send(new RotateKeyOnDemandCommand({ KeyId }));
            done(`The key material of key ${KeyId} was rotated`, result);
            reload();
          }}
          onClose={() => setAsked(undefined)}
        >
          New data will be encrypted under new key material. What was encrypted before can still be decrypted. A key has {most} on-demand rotations in its life; {most - onDemand} are left.
        </Confirm>
      )}
    </SpaceBetween>
  );
}

const periodError = (days: string) => (/^\d+$/.test(days) && Number(days) >= 90 && Number(days) <= 2560 ? undefined : 'Enter a whole number of days from 90 to 2560.');

function EditRotation({ metadata, status, onDone, onClose }: { metadata: KeyMetadata; status: GetKeyRotationStatusResponse; onDone: () => void; onClose: () => void }) {
  const client = useClient(KMSClient);
  const [enabled, setEnabled] = useState(status.KeyRotationEnabled ?? false);
  const [days, setDays] = useState(String(status.RotationPeriodInDays ?? 365));
  const KeyId = metadata.KeyId;
  const wrong = enabled ? periodError(days) : undefined;
  const save = async () => {
    const result = enabled ? await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: Number(days) })) : await client.send(new DisableKeyRotationCommand({ KeyId }));
    done(enabled ? `Key ${KeyId} is rotated every ${days} days` : `Automatic rotation of key ${KeyId} is disabled`, result);
    onDone();
  };
  return (
    <Confirm title="Edit automatic key rotation" action="Save" disabled={!!wrong} onConfirm={save} onClose={onClose}>
      <SpaceBetween size="l">
        <FormField label="Key rotation">
          <RadioGroup
            value={enabled ? 'enable' : 'disable'}
            onChange={(e) => setEnabled(e.detail.value === 'enable')}
            items={[
              { value: 'enable', label: 'Enable' },
              { value: 'disable', label: 'Disable' },
            ]}
          />
        </FormField>
        {enabled && (
          <FormField label="Rotation period (in days)" constraintText="Enter a value from 90 to 2560." errorText={wrong}>
            <Input value={days} type="number" inputMode="numeric" onChange={(e) => setDays(e.detail.value)} />
          </FormField>
        )}
      </SpaceBetween>
    </Confirm>
  );
}
