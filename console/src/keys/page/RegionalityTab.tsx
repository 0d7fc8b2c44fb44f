// The Regions of a multi-Region key.
import { DescribeKeyCommand, KMSClient, UpdatePrimaryRegionCommand, type KeyMetadata } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { clientFor, useClient } from '../../app/client';
import { done } from '../../app/flash';
import { atOnce, useLoad } from '../../app/load';
import { base, useGo, useRegion } from '../../app/region';
import { useSession } from '../../app/session';
import { Confirm } from '../../ui/Confirm';
import { Copy } from '../../ui/Copy';
import { codeOf } from '../../ui/ErrorNote';
import { Fields } from '../../ui/Field';
import { useFollow } from '../../ui/Go';
import { ResourceTable } from '../../ui/ResourceTable';
import { keyPath, regionality } from '../describe';
import { State } from '../State';
import type { TabProps } from './KeyPage';

interface Related {
  region: string;
  arn: string;
  primary: boolean;
}

/** relatedOf are all keys of a set, the primary key first. */
export function relatedOf(m: KeyMetadata): Related[] {
  const c = m.MultiRegionConfiguration;
  const primary = c?.PrimaryKey;
  return [...(primary ? [{ region: primary.Region!, arn: primary.Arn!, primary: true }] : []), ...(c?.ReplicaKeys ?? []).map((k) => ({ region: k.Region!, arn: k.Arn!, primary: false }))];
}

export function RegionalityTab({ metadata: m, reload }: TabProps) {
  const go = useGo();
  const follow = useFollow();
  const region = useRegion();
  const { generation } = useSession();
  const [asked, setAsked] = useState(false);
  const related = relatedOf(m);
  const here = m.MultiRegionConfiguration?.MultiRegionKeyType === 'PRIMARY';
  const states = useLoad(
    async (signal) => {
      const all = await atOnce(related, async (k) => {
        try {
          return (await clientFor(KMSClient, k.region, generation).send(new DescribeKeyCommand({ KeyId: k.arn }), { abortSignal: signal })).KeyMetadata!;
        } catch (error) {
          return error as Error;
        }
      });
      return new Map(related.map((k, i) => [k.region, all[i]]));
    },
    [m, generation],
  );
  const state = (k: Related) => {
    const s = states.data?.get(k.region);
    if (!s) return <StatusIndicator type="loading">Loading</StatusIndicator>;
    return s instanceof Error ? <StatusIndicator type="error">{codeOf(s)}</StatusIndicator> : <State of={s} />;
  };
  const replicas = related.filter((k) => !k.primary);
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            actions={
              here && (
                <Button disabled={replicas.length === 0 || m.KeyState !== 'Enabled'} onClick={() => setAsked(true)}>
                  Change primary Region
                </Button>
              )
            }
          >
            {here ? 'Primary key' : 'Replica key'}
          </Header>
        }
      >
        <Fields
          items={[
            { label: 'Regionality', value: regionality(m) },
            { label: 'Primary Region', value: m.MultiRegionConfiguration?.PrimaryKey?.Region },
            { label: 'This Region', value: region },
          ]}
        />
      </Container>
      <ResourceTable
        title="Related multi-Region keys"
        one="key"
        many="keys"
        items={related}
        columns={[
          {
            id: 'region',
            header: 'Region',
            isRowHeader: true,
            cell: (k) =>
              k.region === region ? (
                `${k.region} (this key)`
              ) : (
                <Link href={`${base}/${k.region}${keyPath(m.KeyId!)}`} onFollow={follow}>
                  {k.region}
                </Link>
              ),
            value: (k) => k.region,
          },
          { id: 'type', header: 'Regionality', cell: (k) => (k.primary ? 'Primary' : 'Replica'), value: (k) => (k.primary ? 'Primary' : 'Replica') },
          { id: 'status', header: 'Status', cell: state },
          { id: 'arn', header: 'ARN', cell: (k) => <Copy text={k.arn} name={`ARN in ${k.region}`} />, value: (k) => k.arn },
        ]}
        trackBy={(k) => k.region}
        noFilter
        reload={reload}
        actions={
          here && (
            <Button disabled={m.KeyState !== 'Enabled' && m.KeyState !== 'PendingImport'} onClick={() => go(`${keyPath(m.KeyId!)}/replicate`)}>
              Create new replica keys
            </Button>
          )
        }
      />
      {asked && <ChangePrimary metadata={m} regions={replicas.map((k) => k.region)} onDone={reload} onClose={() => setAsked(false)} />}
    </SpaceBetween>
  );
}

function ChangePrimary({ metadata, regions, onDone, onClose }: { metadata: KeyMetadata; regions: readonly string[]; onDone: () => void; onClose: () => void }) {
  const client = useClient(KMSClient);
  const [to, setTo] = useState<string>();
  const change = async () => {
    const result = await client.send(new UpdatePrimaryRegionCommand({ KeyId: metadata.KeyId, PrimaryRegion: to }));
    done(`The primary key of ${metadata.KeyId} is in ${to} now`, result, 'Both keys are updating for a few seconds.');
    onDone();
  };
  return (
    <Confirm title="Change primary Region" action="Change primary Region" disabled={!to} onConfirm={change} onClose={onClose}>
      <SpaceBetween size="m">
        <div>The key of this Region becomes a replica key, and the replica key of the Region that you choose becomes the primary key.</div>
        <FormField label="New primary Region">
          <Select options={regions.map((value) => ({ value, label: value }))} selectedOption={to ? { value: to, label: to } : null} onChange={(e) => setTo(e.detail.selectedOption.value)} placeholder="Choose a Region" />
        </FormField>
      </SpaceBetween>
    </Confirm>
  );
}
