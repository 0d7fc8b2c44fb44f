// The keys of this Region at a glance.
import { KMSClient } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState, type ReactNode } from 'react';
import { useClient } from '../app/client';
import { now } from '../app/clock';
import { useLoad } from '../app/load';
import { keyPath, stateText } from '../keys/describe';
import { Empty } from '../ui/Empty';
import { ErrorNote } from '../ui/ErrorNote';
import { Fields, Loading } from '../ui/Field';
import { Go } from '../ui/Go';
import { ResourceTable } from '../ui/ResourceTable';
import { Time } from '../ui/Time';
import { atFirst, byState, expiringDays, isExpiring, isUnrotated, isUnused, monthlyPrice, pending, survey, unusedDays, type Look, type Survey } from './survey';

export function Keys() {
  const kms = useClient(KMSClient);
  const [all, setAll] = useState(false);
  const found = useLoad((signal) => survey(kms, all, signal), [kms, all]);
  const s = found.data;
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            counter={s ? `(${s.total.toLocaleString('en-US')})` : undefined}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                {s && s.total > s.looks.length + s.refused && (
                  <Button loading={found.loading && all} onClick={() => setAll(true)}>
                    Look at all keys
                  </Button>
                )}
                <Button iconName="refresh" ariaLabel="Refresh keys" onClick={found.reload} />
              </SpaceBetween>
            }
          >
            Keys by state
          </Header>
        }
      >
        <SpaceBetween size="m">
          <ErrorNote error={found.error} retry={found.reload} />
          {!s && found.loading && <Loading />}
          {s && s.total > s.looks.length + s.refused && (
            <Alert type="info">
              These figures are of the first {atFirst} of {s.total.toLocaleString('en-US')} keys. Each key that is looked at takes some calls, which are recorded as any other.
            </Alert>
          )}
          {s && s.refused > 0 && <Alert type="warning">{s.refused} keys may not be described with your permissions, and are not counted.</Alert>}
          {s && <States survey={s} />}
        </SpaceBetween>
      </Container>
      {s && <Attention looks={s.looks} />}
    </SpaceBetween>
  );
}

function States({ survey: s }: { survey: Survey }) {
  if (s.looks.length === 0) return <Empty title="No keys" hint={<Go to="/kms/keys/create">Create a key</Go>} />;
  const cost = s.looks.reduce((sum, l) => sum + monthlyPrice(l), 0);
  return (
    <Fields
      columns={4}
      items={[
        ...[...byState(s.looks)].map(([state, n]) => ({
          label: stateText(state),
          value: (
            <Box fontSize="heading-l" fontWeight="bold">
              {n.toLocaleString('en-US')}
            </Box>
          ),
        })),
        {
          label: 'Monthly cost of these keys at AWS',
          value: (
            <>
              <Box fontSize="heading-l" fontWeight="bold">
                ${cost.toLocaleString('en-US')}
              </Box>
              <Box variant="small">$1 for a key, and $1 for each of its first two rotations; calls not counted. Here it is $0.</Box>
            </>
          ),
        },
      ]}
    />
  );
}

/** Attention lists keys that somebody should look after. */
function Attention({ looks }: { looks: readonly Look[] }) {
  const at = now();
  const lists: { id: string; label: string; items: Look[]; hint: string; header: string; cell: (l: Look) => ReactNode; value: (l: Look) => number | undefined }[] = [
    {
      id: 'unused',
      label: 'Unused',
      items: looks.filter((l) => isUnused(l, at)),
      hint: `Every key was used in the last ${unusedDays} days.`,
      header: 'Last used',
      cell: (l) => (l.lastUsed ? <Time at={l.lastUsed} /> : 'Never'),
      value: (l) => l.lastUsed?.getTime(),
    },
    {
      id: 'expiring',
      label: 'Expiring',
      items: looks.filter((l) => isExpiring(l, at)),
      hint: `No imported key material expires in the next ${expiringDays} days.`,
      header: 'Expires',
      cell: (l) => <Time at={l.metadata.ValidTo} />,
      value: (l) => l.metadata.ValidTo?.getTime(),
    },
    {
      id: 'unrotated',
      label: 'Not rotated',
      items: looks.filter((l) => isUnrotated(l, at)),
      hint: 'Every key that can be rotated was made or rotated in the last year.',
      header: 'Automatic rotation',
      cell: (l) => (l.rotates === undefined ? '–' : l.rotates ? 'On' : 'Off'),
      value: (l) => Number(l.rotates),
    },
    {
      id: 'pending',
      label: 'Pending deletion',
      items: looks.filter((l) => pending(l.metadata)),
      hint: 'No key waits for its deletion.',
      header: 'Deletion date',
      cell: (l) => <Time at={l.metadata.DeletionDate} />,
      value: (l) => l.metadata.DeletionDate?.getTime(),
    },
  ];
  const [tab, setTab] = useState(() => lists.find((l) => l.items.length > 0)?.id ?? 'unused');
  return (
    <Tabs
      ariaLabel="Keys that need attention"
      activeTabId={tab}
      onChange={(e) => setTab(e.detail.activeTabId)}
      tabs={lists.map((l) => ({
        id: l.id,
        label: `${l.label} (${l.items.length})`,
        content: (
          <ResourceTable
            title={`${l.label} keys`}
            headingTag="h3"
            one="key"
            many="keys"
            noFilter={l.items.length < 10}
            pageSize={10}
            items={l.items}
            trackBy={(k) => k.metadata.KeyId!}
            columns={[
              { id: 'id', header: 'Key ID', cell: (k) => <Go to={keyPath(k.metadata.KeyId!)}>{k.metadata.KeyId}</Go>, value: (k) => k.metadata.KeyId, isRowHeader: true },
              { id: 'description', header: 'Description', cell: (k) => k.metadata.Description || '–', value: (k) => k.metadata.Description },
              { id: 'state', header: 'Status', cell: (k) => stateText(k.metadata.KeyState), value: (k) => k.metadata.KeyState },
              { id: 'at', header: l.header, cell: l.cell, value: l.value },
            ]}
            empty={{ title: 'Nothing to do', hint: l.hint }}
          />
        ),
      }))}
    />
  );
}
