// Creating a cluster, a new one or one with the keys of a backup.
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { done } from '../../app/flash';
import { useHsmClient, type Cluster } from '../../app/hsm-client';
import { useAction } from '../../app/load';
import { useGo } from '../../app/region';
import { Page } from '../../ui/Page';
import { PageForm } from '../../ui/PageForm';
import { TagFields, tagsValid, type Tag } from '../../ui/Tags';
import { formatTime } from '../../ui/Time';
import { useBackups } from '../data';
import { checkRetention, checkSubnets, types } from './checks.ts';

const list = '/cloudhsm/clusters';

export default function CreateCluster() {
  const client = useHsmClient();
  const go = useGo();
  const [search] = useSearchParams();
  const backups = useBackups();
  const [source, setSource] = useState(search.get('backup') ? 'backup' : 'new');
  const [backup, setBackup] = useState(search.get('backup') ?? '');
  const [type, setType] = useState(types[0]);
  const [mode, setMode] = useState('FIPS');
  const [subnets, setSubnets] = useState(['subnet-00000001', 'subnet-00000002']);
  const [days, setDays] = useState('90');
  const [tags, setTags] = useState<Tag[]>([]);
  const [tried, setTried] = useState(false);
  const { busy, error, run } = useAction();
  const ready = (backups.data ?? []).filter((b) => b.BackupState === 'READY');
  const wrongSubnets = checkSubnets(subnets);
  const wrong = { backup: source === 'backup' && !backup ? 'Choose a backup.' : undefined, days: checkRetention(days) };
  const create = async () => {
    setTried(true);
    if (wrong.backup || wrong.days || wrongSubnets.some(Boolean) || !tagsValid(tags)) return;
    await run(async () => {
      const result = await client.call<{ Cluster: Cluster }>('CreateCluster', {
        HsmType: type,
        Mode: mode,
        SubnetIds: subnets,
        SourceBackupId: source === 'backup' ? backup : undefined,
        BackupRetentionPolicy: { Type: 'DAYS', Value: days },
        TagList: tags.length ? tags.map((t) => ({ Key: t.key, Value: t.value })) : undefined,
      });
      done(`Cluster ${result.Cluster.ClusterId} is being created.`, result);
      go(`${list}/${result.Cluster.ClusterId}`);
    });
  };
  const chosen = ready.find((b) => b.BackupId === backup);
  return (
    <Page title="Create cluster" above={[{ text: 'Clusters', path: list }]}>
      <PageForm submit="Create cluster" busy={busy} error={error} onSubmit={create} onCancel={() => go(list)}>
        <Container header={<Header variant="h2">Cluster configuration</Header>}>
          <SpaceBetween size="l">
            <FormField label="Cluster source">
              <RadioGroup
                value={source}
                onChange={(e) => setSource(e.detail.value)}
                items={[
                  { value: 'new', label: 'Create a new cluster' },
                  { value: 'backup', label: 'Restore cluster from existing backup', description: 'The new cluster has the keys, users and certificate that the backup has.' },
                ]}
              />
            </FormField>
            {source === 'backup' && (
              <FormField label="Backup" errorText={tried && wrong.backup}>
                <Select
                  selectedOption={backup ? { value: backup, label: backup, description: chosen && `Of ${chosen.ClusterId}, ${formatTime(chosen.CreateTimestamp, 'UTC')}` } : null}
                  options={ready.map((b) => ({ value: b.BackupId, label: b.BackupId, description: `Of ${b.ClusterId}, ${formatTime(b.CreateTimestamp, 'UTC')}` }))}
                  onChange={(e) => setBackup(e.detail.selectedOption.value!)}
                  placeholder="Choose a backup"
                  statusType={backups.loading ? 'loading' : backups.error ? 'error' : 'finished'}
                  loadingText="Loading backups"
                  errorText="The backups could not be read"
                  empty="There are no backups that are ready"
                  filteringType="auto"
                />
              </FormField>
            )}
            <FormField label="HSM type">
              <Select
                selectedOption={{ value: type, label: type }}
                options={types.map((value) => ({ value, label: value }))}
                onChange={(e) => (setType(e.detail.selectedOption.value!), e.detail.selectedOption.value === 'hsm1.medium' && setMode('FIPS'))}
              />
            </FormField>
            <FormField label="Cluster mode" description="Clusters of the type hsm1.medium are always in FIPS mode.">
              <RadioGroup
                value={mode}
                onChange={(e) => setMode(e.detail.value)}
                items={[
                  { value: 'FIPS', label: 'FIPS', description: 'Only keys and algorithms that FIPS allows.' },
                  { value: 'NON_FIPS', label: 'Non-FIPS', description: 'All keys and algorithms that the HSMs have.', disabled: type === 'hsm1.medium' },
                ]}
              />
            </FormField>
            <FormField label="Subnets" description="One for each Availability Zone, in the order of the zones. A key store needs two." constraintText="Subnets are names here; each stands for an Availability Zone.">
              <AttributeEditor
                items={subnets}
                addButtonText="Add subnet"
                removeButtonText="Remove"
                removeButtonAriaLabel={(s) => `Remove ${s}`}
                disableAddButton={subnets.length >= 10}
                isItemRemovable={() => subnets.length > 1}
                onAddButtonClick={() => setSubnets([...subnets, ''])}
                onRemoveButtonClick={(e) => setSubnets(subnets.filter((_, i) => i !== e.detail.itemIndex))}
                definition={[
                  {
                    label: 'Subnet ID',
                    errorText: (s, i) => (tried || s !== '' ? wrongSubnets[i] : undefined),
                    control: (s, i) => <Input value={s} onChange={(e) => setSubnets(subnets.map((o, j) => (i === j ? e.detail.value : o)))} autoComplete={false} />,
                  },
                ]}
              />
            </FormField>
          </SpaceBetween>
        </Container>
        <Container header={<Header variant="h2">Backup retention</Header>}>
          <FormField label="Backup retention period in days" constraintText="7 to 379 days. Older backups of this cluster are deleted, unless they never expire." errorText={wrong.days}>
            <Input value={days} onChange={(e) => setDays(e.detail.value)} inputMode="numeric" autoComplete={false} />
          </FormField>
        </Container>
        <Container header={<Header variant="h2">Tags - optional</Header>}>
          <TagFields tags={tags} onChange={setTags} tried={tried} />
        </Container>
      </PageForm>
    </Page>
  );
}
