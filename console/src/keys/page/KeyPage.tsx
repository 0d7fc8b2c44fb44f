// The screen of a key.
import { DescribeKeyCommand, KMSClient, ListAliasesCommand, type AliasListEntry, type KeyMetadata } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { lazy, Suspense, useEffect, type ReactNode } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { useClient } from '../../app/client';
import { everything, useLoad, type Loaded } from '../../app/load';
import { useGo } from '../../app/region';
import { ErrorNote } from '../../ui/ErrorNote';
import { Loading } from '../../ui/Field';
import { Page } from '../../ui/Page';
import { Time } from '../../ui/Time';
import { KeyActions } from '../actions/KeyActions';
import { isAsymmetric, isAwsManaged, isPendingDeletion, keyPath, rotates } from '../describe';
import { General } from './General';

const PolicyTab = lazy(() => import('./PolicyTab').then((m) => ({ default: m.PolicyTab })));
const CryptographyTab = lazy(() => import('./CryptographyTab').then((m) => ({ default: m.CryptographyTab })));
const TagsTab = lazy(() => import('./TagsTab').then((m) => ({ default: m.TagsTab })));
const RotationTab = lazy(() => import('./RotationTab').then((m) => ({ default: m.RotationTab })));
const AliasesTab = lazy(() => import('./AliasesTab').then((m) => ({ default: m.AliasesTab })));
const RegionalityTab = lazy(() => import('./RegionalityTab').then((m) => ({ default: m.RegionalityTab })));
const MaterialTab = lazy(() => import('../material/MaterialTab').then((m) => ({ default: m.MaterialTab })));
const PublicKeyTab = lazy(() => import('../material/PublicKeyTab').then((m) => ({ default: m.PublicKeyTab })));
const GrantsTab = lazy(() => import('../grants/GrantsTab').then((m) => ({ default: m.GrantsTab })));
const TryItTab = lazy(() => import('../tryit/TryItTab').then((m) => ({ default: m.TryItTab })));

/** TabProps are what the key's tabs get. */
export interface TabProps {
  metadata: KeyMetadata;
  /** reads the key's metadata and aliases again */
  reload: () => void;
  aliases: Loaded<AliasListEntry[]>;
}

export default function KeyPage({ managed }: { managed: boolean }) {
  const { id = '' } = useParams();
  const client = useClient(KMSClient);
  const key = useLoad(async (signal) => (await client.send(new DescribeKeyCommand({ KeyId: id }), { abortSignal: signal })).KeyMetadata!, [client, id]);
  const keyId = key.data?.KeyId;
  const aliases = useLoad(
    keyId === undefined
      ? undefined
      : (signal) =>
          everything(async (Marker) => {
            const r = await client.send(new ListAliasesCommand({ KeyId: keyId, Marker, Limit: 100 }), { abortSignal: signal });
            return { items: r.Aliases, next: r.NextMarker };
          }, signal),
    [client, keyId],
  );
  const { reload } = key;
  const passing = key.data?.KeyState === 'Creating' || key.data?.KeyState === 'Updating';
  useEffect(() => {
    if (!passing) return;
    const timer = setInterval(reload, 2000);
    return () => clearInterval(timer);
  }, [passing, reload]);
  const again = () => {
    reload();
    aliases.reload();
  };
  const list = managed || (key.data && isAwsManaged(key.data)) ? { text: 'AWS managed keys', path: '/kms/aws-managed' } : { text: 'Customer managed keys', path: '/kms/keys' };
  return (
    <Page
      title={keyId ?? id}
      above={[list]}
      actions={
        key.data &&
        !isAwsManaged(key.data) && (
          <SpaceBetween direction="horizontal" size="xs">
            <Button iconName="refresh" ariaLabel="Refresh key" onClick={again} />
            <KeyActions keys={[{ id: key.data.KeyId!, aliases: (aliases.data ?? []).map((a) => a.AliasName!), metadata: key.data }]} onDone={again} />
          </SpaceBetween>
        )
      }
    >
      <ErrorNote error={key.error} retry={reload} />
      {key.data ? <Key metadata={key.data} reload={again} aliases={aliases} /> : !key.error && <Loading lines={6} />}
    </Page>
  );
}

function Key(props: TabProps) {
  const { metadata } = props;
  const [search, setSearch] = useSearchParams();
  const tabs = tabsOf(props);
  const wanted = search.get('tab');
  const active = tabs.some((t) => t.id === wanted) ? wanted! : tabs[0].id;
  return (
    <SpaceBetween size="l">
      <Notices metadata={metadata} />
      <General {...props} />
      <Tabs
        ariaLabel="Sections of the key"
        activeTabId={active}
        onChange={(e) => setSearch({ tab: e.detail.activeTabId }, { replace: true })}
        tabs={tabs.map((t) => ({ id: t.id, label: t.label, content: t.id === active && <Suspense fallback={<Loading lines={4} />}>{t.content}</Suspense> }))}
      />
    </SpaceBetween>
  );
}

/** tabsOf are the tabs of AWS's console for a kind of key. */
function tabsOf(props: TabProps): { id: string; label: string; content: ReactNode }[] {
  const { metadata: m, reload } = props;
  const managed = isAwsManaged(m);
  const all: (false | { id: string; label: string; content: ReactNode })[] = [
    { id: 'policy', label: 'Key policy', content: <PolicyTab {...props} /> },
    { id: 'cryptography', label: 'Cryptographic configuration', content: <CryptographyTab {...props} /> },
    !managed && { id: 'tags', label: 'Tags', content: <TagsTab {...props} /> },
    m.Origin === 'EXTERNAL' && { id: 'material', label: 'Key material', content: <MaterialTab metadata={m} reload={reload} /> },
    rotates(m) && { id: 'rotation', label: 'Key rotation', content: <RotationTab {...props} /> },
    isAsymmetric(m) && { id: 'public-key', label: 'Public key', content: <PublicKeyTab metadata={m} /> },
    m.MultiRegion === true && { id: 'regionality', label: 'Regionality', content: <RegionalityTab {...props} /> },
    { id: 'aliases', label: 'Aliases', content: <AliasesTab {...props} /> },
    { id: 'grants', label: 'Grants', content: <GrantsTab metadata={m} /> },
    !managed && { id: 'try', label: 'Try it', content: <TryItTab metadata={m} /> },
  ];
  return all.filter((t) => t !== false);
}

/** Notices say what keeps the key from being used. */
function Notices({ metadata: m }: { metadata: KeyMetadata }) {
  const go = useGo();
  if (m.KeyState === 'PendingReplicaDeletion') {
    return (
      <Alert type="warning" header="This key is pending replica deletion">
        Its waiting period of {m.PendingDeletionWindowInDays} days begins when its last replica key is deleted.
      </Alert>
    );
  }
  if (isPendingDeletion(m)) {
    return (
      <Alert type="warning" header="This key is pending deletion">
        It will be deleted after <Time at={m.DeletionDate} />. Until then, you can cancel the deletion by the key actions.
      </Alert>
    );
  }
  if (m.KeyState === 'PendingImport') {
    return (
      <Alert type="info" header="This key needs key material" action={<Button onClick={() => go(`${keyPath(m.KeyId!)}/import`)}>Import key material</Button>}>
        The key can’t be used until its key material is imported.
      </Alert>
    );
  }
  if (m.KeyState === 'Unavailable') {
    return (
      <Alert type="warning" header="This key is unavailable">
        Its custom key store {m.CustomKeyStoreId} is not connected.
      </Alert>
    );
  }
  return null;
}
