// The wizard that makes a role.
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import Wizard from '@cloudscape-design/components/wizard';
import { useRef, useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction } from '../../app/load';
import { useGo } from '../../app/region';
import { useIdentity } from '../../app/session';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields } from '../../ui/Field';
import { JsonView } from '../../ui/JsonEditor';
import { Page } from '../../ui/Page';
import { TagFields, tagsValid, type Tag } from '../../ui/Tags';
import { ChooseBoundary, ChoosePolicies } from '../choose';
import { holderOf, trustLimit, usePolicies } from '../lists';
import { descriptionError, holderPath, lastOf, nameError, nameHint, pathError } from '../names';
import { aboutPolicy, usable } from '../PolicyEditor';
import { DurationField, durationError } from './Duration';
import { newTrust, trustText } from './trust';
import { TrustFields, trustReady } from './TrustFields';

export function CreateRole() {
  const iam = useClient(IAMClient);
  const go = useGo();
  const { account } = useIdentity();
  const { busy, error, run, clear } = useAction();
  const policies = usePolicies();
  const [step, setStep] = useState(0);
  const [tried, setTried] = useState(false);
  const [trust, setTrust] = useState(newTrust);
  const [attached, setAttached] = useState<string[]>([]);
  const [boundary, setBoundary] = useState('');
  const [name, setName] = useState('');
  const [path, setPath] = useState('/');
  const [description, setDescription] = useState('');
  const [duration, setDuration] = useState('3600');
  const [tags, setTags] = useState<Tag[]>([]);
  const finished = useRef(new Set<string>());
  const started = finished.current.has('role');
  const text = trustText(trust, account);
  const trustWrong = !trustReady(trust, account) || !usable(text, 'trust', trustLimit);
  const nameWrong = nameError(name, 'role') ?? pathError(path) ?? descriptionError(description) ?? durationError(duration);
  const navigate = (to: number) => {
    setTried(true);
    if (to > step && trustWrong) return setStep(0);
    setTried(to <= step && tried);
    setStep(to);
  };
  const create = async () => {
    setTried(true);
    if (trustWrong) return setStep(0);
    if (nameWrong || !tagsValid(tags)) return;
    const holder = holderOf(iam, 'role', name);
    const once = async (what: string, f: () => Promise<unknown>) => {
      if (finished.current.has(what)) return;
      await f();
      finished.current.add(what);
    };
    const ok = await run(async () => {
      await once('role', async () =>
        done(
          `Role ${name} was created.`,
          await iam.send(
            new CreateRoleCommand({
              RoleName: name,
              Path: path,
              AssumeRolePolicyDocument: text,
              Description: description || undefined,
              MaxSessionDuration: Number(duration),
              PermissionsBoundary: boundary || undefined,
              Tags: tags.map((t) => ({ Key: t.key, Value: t.value })),
            }),
          ),
        ),
      );
      for (const arn of attached) await once(`policy ${arn}`, () => holder.attach(arn));
    });
    if (ok) go(holderPath('role', name));
  };
  return (
    <Page title="Create role" above={[{ text: 'Roles', path: '/iam/roles' }]}>
      <Wizard
        activeStepIndex={step}
        onNavigate={(e) => navigate(e.detail.requestedStepIndex)}
        onCancel={() => go('/iam/roles')}
        onSubmit={create}
        isLoadingNextStep={busy}
        submitButtonText="Create role"
        steps={[
          {
            title: 'Select trusted entity',
            content: (
              <TrustFields
                trust={trust}
                onChange={(t) => {
                  setTrust(t);
                  clear();
                }}
                tried={tried}
                refused={error}
              />
            ),
          },
          {
            title: 'Add permissions',
            isOptional: true,
            content: (
              <SpaceBetween size="l">
                <ChoosePolicies policies={policies} chosen={attached} onChange={setAttached} />
                <Container header={<Header variant="h2">Permissions boundary</Header>}>
                  <ChooseBoundary policies={policies} arn={boundary} onChange={setBoundary} />
                </Container>
              </SpaceBetween>
            ),
          },
          {
            title: 'Name, review, and create',
            content: (
              <SpaceBetween size="l">
                {started && error && <Alert type="warning">Role {name} was created, but not everything was done. Choose Create role again to do the rest.</Alert>}
                <ErrorNote error={error} />
                {aboutPolicy(error) && !started && trust.kind === 'custom' && <Alert type="info">The trust policy is in the first step.</Alert>}
                <Container header={<Header variant="h2">Role details</Header>}>
                  <SpaceBetween size="m">
                    <FormField label="Role name" constraintText={nameHint('role')} errorText={tried || name ? nameError(name, 'role') : undefined}>
                      <Input value={name} disabled={started} onChange={(e) => setName(e.detail.value)} autoComplete={false} />
                    </FormField>
                    <FormField label="Path - optional" errorText={pathError(path)}>
                      <Input value={path} disabled={started} onChange={(e) => setPath(e.detail.value || '/')} autoComplete={false} />
                    </FormField>
                    <FormField label="Description - optional" errorText={descriptionError(description)}>
                      <Textarea value={description} onChange={(e) => setDescription(e.detail.value)} rows={2} />
                    </FormField>
                    <DurationField value={duration} onChange={setDuration} />
                  </SpaceBetween>
                </Container>
                <Container header={<Header variant="h2">Trust policy</Header>}>
                  <JsonView text={text} />
                </Container>
                <Container header={<Header variant="h2">Permissions</Header>}>
                  <Fields
                    columns={2}
                    items={[
                      { label: 'Permissions policies', value: attached.map(lastOf).join(', ') || '–' },
                      { label: 'Permissions boundary', value: boundary ? lastOf(boundary) : 'Not set' },
                    ]}
                  />
                </Container>
                <Container header={<Header variant="h2">Tags - optional</Header>}>
                  <TagFields tags={tags} onChange={setTags} tried={tried} />
                </Container>
              </SpaceBetween>
            ),
          },
        ]}
      />
    </Page>
  );
}
