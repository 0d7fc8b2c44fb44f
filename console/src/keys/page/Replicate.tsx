// The wizard that creates replica keys of a multi-Region primary key.
import { CreateAliasCommand, DescribeKeyCommand, KMSClient, ListAliasesCommand, ReplicateKeyCommand, type KeyMetadata } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Wizard from '@cloudscape-design/components/wizard';
import { useState } from 'react';
import { useParams } from 'react-router';
import { clientFor, useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction, useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { useIdentity, useSession } from '../../app/session';
import { getSettings } from '../../signin/api';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { Page } from '../../ui/Page';
import { Labels } from '../create/Labels';
import { errorsOf, usual, usualPolicy, type Errors, type Form, type Origin } from '../create/model';
import { Administrators, Users } from '../create/Permissions';
import { PolicyStep } from '../create/PolicyStep';
import { Review } from '../create/Review';
import { useSteps } from '../create/steps';
import { keyPath, withoutPrefix } from '../describe';
import { lockedOut } from '../PolicyEditor';
import { usePrincipals } from '../principals';
import { relatedOf } from './RegionalityTab';

export default function Replicate() {
  const { id = '' } = useParams();
  const client = useClient(KMSClient);
  const loaded = useLoad(
    async (signal) => {
      const options = { abortSignal: signal };
      const key = (await client.send(new DescribeKeyCommand({ KeyId: id }), options)).KeyMetadata!;
      const aliases = await client.send(new ListAliasesCommand({ KeyId: key.KeyId }), options);
      const { regions } = await getSettings();
      return { primary: key, alias: withoutPrefix(aliases.Aliases?.[0]?.AliasName ?? ''), regions };
    },
    [client, id],
  );
  return (
    <Page
      title="Create replica keys"
      above={[
        { text: 'Customer managed keys', path: '/kms/keys' },
        { text: loaded.data?.primary.KeyId ?? id, path: keyPath(id) },
      ]}
    >
      <ErrorNote error={loaded.error} retry={loaded.reload} />
      {loaded.data ? <Steps {...loaded.data} /> : !loaded.error && <Loading lines={6} />}
    </Page>
  );
}

/** made is what has been done in a Region. */
type Made = Readonly<Record<string, 'key' | 'alias'>>;

function Steps({ primary, alias, regions }: { primary: KeyMetadata; alias: string; regions: readonly string[] }) {
  const me = useIdentity();
  const { generation } = useSession();
  const client = useClient(KMSClient);
  const go = useGo();
  const principals = usePrincipals();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [form, setForm] = useState<Form>({
    ...usual,
    type: primary.KeySpec === 'SYMMETRIC_DEFAULT' || primary.KeySpec?.startsWith('HMAC') ? 'Symmetric' : 'Asymmetric',
    spec: primary.KeySpec!,
    usage: primary.KeyUsage!,
    origin: primary.Origin as Origin,
    multiRegion: true,
    alias,
    description: primary.Description ?? '',
  });
  const [made, setMade] = useState<Made>({});
  const { busy, error, run } = useAction();
  const errorsAt = (step: number): Errors & { regions?: string } => (step === 0 ? (chosen.length === 0 ? { regions: 'Choose at least one Region.' } : {}) : errorsOf(form, step, me.account));
  const { step, setStep, open, tried, errors } = useSteps(errorsAt);
  const change = (c: Partial<Form>) => setForm((f) => ({ ...f, ...c }));
  const props = { form, change, errors, tried };
  const taken = relatedOf(primary).map((k) => k.region);
  const create = () =>
    run(async () => {
      for (const region of chosen) {
        if (!made[region]) {
          await client.send(
            new ReplicateKeyCommand({
              KeyId: primary.KeyId,
              ReplicaRegion: region,
              Description: form.description || undefined,
              Tags: form.tags.length > 0 ? form.tags.map((t) => ({ TagKey: t.key, TagValue: t.value })) : undefined,
              Policy: form.policy ?? usualPolicy(form, me.account),
              BypassPolicyLockoutSafetyCheck: form.bypass || undefined,
            }),
          );
          setMade((m) => ({ ...m, [region]: 'key' }));
        }
        if (made[region] !== 'alias') {
          const result = await clientFor(KMSClient, region, generation).send(new CreateAliasCommand({ AliasName: `alias/${form.alias}`, TargetKeyId: primary.KeyId }));
          setMade((m) => ({ ...m, [region]: 'alias' }));
          done(`A replica of key ${primary.KeyId} was created in ${region} with alias ${form.alias}`, result);
        }
      }
      go(`${keyPath(primary.KeyId!)}?tab=regionality`);
    });
  const steps = [
    {
      title: 'Choose the replica Regions',
      content: (
        <Container header={<Header variant="h2">Regions</Header>}>
          <FormField label="Replica Regions" description="A replica key has the key ID and the key material of its primary key. There is one in each Region at most." errorText={(errors as { regions?: string }).regions}>
            <SpaceBetween size="xs">
              {regions.map((r) => (
                <Checkbox
                  key={r}
                  checked={chosen.includes(r)}
                  disabled={taken.includes(r)}
                  description={taken.includes(r) ? 'This Region has a key of this set already.' : undefined}
                  onChange={(e) => setChosen(e.detail.checked ? [...chosen, r] : chosen.filter((c) => c !== r))}
                >
                  {r}
                </Checkbox>
              ))}
            </SpaceBetween>
          </FormField>
        </Container>
      ),
    },
    { title: 'Add labels', content: <Labels {...props} /> },
    { title: 'Define key administrative permissions', isOptional: true, content: <Administrators {...props} principals={principals} /> },
    { title: 'Define key usage permissions', isOptional: true, content: <Users {...props} principals={principals} /> },
    { title: 'Edit key policy', isOptional: true, content: <PolicyStep {...props} refused={lockedOut(error)} /> },
    {
      title: 'Review',
      content: (
        <SpaceBetween size="l">
          {error && Object.keys(made).length > 0 && (
            <Alert type="warning" header="Some of it has been done">
              {Object.entries(made).map(([region, what]) => (
                <div key={region}>
                  {region}: {what === 'key' ? 'the replica key was created, its alias was not.' : 'the replica key and its alias were created.'}
                </div>
              ))}
              Choose Finish to do the rest.
            </Alert>
          )}
          <ErrorNote error={error} />
          <Container header={<Header variant="h2">Replica Regions</Header>}>
            <Fields items={[{ label: 'Regions', value: chosen.join(', ') }]} />
          </Container>
          <Review form={form} edit={setStep} />
        </SpaceBetween>
      ),
    },
  ];
  return (
    <Wizard
      steps={steps.map((s, i) => ({ ...s, errorText: i === step && tried ? Object.values(errors)[0] : undefined }))}
      activeStepIndex={step}
      onNavigate={(e) => open(e.detail.requestedStepIndex)}
      onCancel={() => go(`${keyPath(primary.KeyId!)}?tab=regionality`)}
      onSubmit={() => {
        if (open(steps.length - 1, 0)) void create();
      }}
      isLoadingNextStep={busy}
      submitButtonText="Finish"
    />
  );
}
