// The wizard that creates a key, in the steps of AWS's console.
import { CreateAliasCommand, CreateKeyCommand, DescribeCustomKeyStoresCommand, KMSClient, type KeyMetadata } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Wizard from '@cloudscape-design/components/wizard';
import { useEffect, useState, type Dispatch, type ReactNode, type SetStateAction } from 'react';
import { useSearchParams } from 'react-router';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction, useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { useIdentity } from '../../app/session';
import { ErrorNote } from '../../ui/ErrorNote';
import { Go } from '../../ui/Go';
import { Page } from '../../ui/Page';
import { keyPath } from '../describe';
import { lockedOut } from '../PolicyEditor';
import { usePrincipals } from '../principals';
import { Configure } from './Configure';
import { Labels } from './Labels';
import { choose, errorsOf, inputOf, inStore, usual, type Errors, type Form, type Origin } from './model';
import { Administrators, Users } from './Permissions';
import { PolicyStep } from './PolicyStep';
import { Review } from './Review';
import { useSteps } from './steps';

export interface StepProps {
  form: Form;
  change: (change: Partial<Form>) => void;
  errors: Errors;
  /** somebody has tried to go on from this step */
  tried?: boolean;
}

export default function CreateKey() {
  const client = useClient(KMSClient);
  const me = useIdentity();
  const go = useGo();
  const [search] = useSearchParams();
  const [form, setForm] = useState<Form>(() => ({ ...choose(usual, { origin: (search.get('origin') ?? 'AWS_KMS') as Origin }), store: search.get('store') ?? '' }));
  useStoreOf(form, setForm);
  const [created, setCreated] = useState<KeyMetadata>();
  const { busy, error, run } = useAction();
  const principals = usePrincipals();
  const change = (c: Partial<Form>) => setForm((f) => choose(f, c));
  const { step, setStep, open, tried, errors } = useSteps((i) => errorsOf(form, i, me.account));
  const props: StepProps = { form, change, errors, tried };
  const create = () =>
    run(async () => {
      let key = created;
      if (!key) {
        key = (await client.send(new CreateKeyCommand(inputOf(form, me.account)))).KeyMetadata!;
        setCreated(key);
      }
      const result = await client.send(new CreateAliasCommand({ AliasName: `alias/${form.alias}`, TargetKeyId: key.KeyId }));
      const external = form.origin === 'EXTERNAL';
      done(`Your AWS KMS key was created with alias ${form.alias} and key ID ${key.KeyId}`, result, external ? 'Import key material now: until then, the key can’t be used.' : <Go to={keyPath(key.KeyId!)}>View key</Go>);
      go(external ? `${keyPath(key.KeyId!)}/import` : '/kms/keys');
    });
  const steps: { title: string; content: ReactNode; isOptional?: boolean; description?: string }[] = [
    { title: 'Configure key', content: <Configure {...props} /> },
    { title: 'Add labels', content: <Labels {...props} /> },
    { title: 'Define key administrative permissions', isOptional: true, description: 'Choose the IAM users and roles who can administer this key through the AWS KMS API.', content: <Administrators {...props} principals={principals} /> },
    { title: 'Define key usage permissions', isOptional: true, description: 'Choose the IAM users and roles that can use the key in cryptographic operations.', content: <Users {...props} principals={principals} /> },
    { title: 'Edit key policy', isOptional: true, content: <PolicyStep {...props} refused={lockedOut(error)} /> },
    {
      title: 'Review',
      content: (
        <SpaceBetween size="l">
          {created && error && (
            <Alert type="warning" header="The key was created, its alias was not">
              <Go to={keyPath(created.KeyId!)}>Key {created.KeyId}</Go> exists without an alias. Choose another alias in the step Add labels, if need be, and choose Finish to create only the alias.
            </Alert>
          )}
          <ErrorNote error={error} />
          <Review form={form} edit={setStep} />
        </SpaceBetween>
      ),
    },
  ];
  return (
    <Page title="Create key" above={[{ text: 'Customer managed keys', path: '/kms/keys' }]}>
      <Wizard
        steps={steps.map((s, i) => ({ ...s, errorText: i === step && tried ? Object.values(errors)[0] : undefined }))}
        activeStepIndex={step}
        onNavigate={(e) => open(e.detail.requestedStepIndex)}
        onCancel={() => go('/kms/keys')}
        onSubmit={() => {
          if (open(steps.length - 1, 0)) void create();
        }}
        isLoadingNextStep={busy}
        submitButtonText="Finish"
      />
    </Page>
  );
}

/** useStoreOf finds out the origin of keys of a store that is named in the address. */
function useStoreOf({ store, origin }: Form, setForm: Dispatch<SetStateAction<Form>>) {
  const client = useClient(KMSClient);
  const wanted = store !== '' && !inStore(origin);
  const { data } = useLoad(wanted ? async (signal) => (await client.send(new DescribeCustomKeyStoresCommand({ CustomKeyStoreId: store }), { abortSignal: signal })).CustomKeyStores?.[0] : undefined, [client, store, wanted]);
  const type = data?.CustomKeyStoreType;
  useEffect(() => {
    if (type) setForm((f) => ({ ...choose(f, { origin: type }), store }));
  }, [type, store, setForm]);
}
