// The wizard that makes a user.
import { AddUserToGroupCommand, CreateLoginProfileCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Wizard from '@cloudscape-design/components/wizard';
import { useRef, useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction, useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields } from '../../ui/Field';
import { Page } from '../../ui/Page';
import { TagFields, tagsValid, type Tag } from '../../ui/Tags';
import { ChooseBoundary, ChooseNames, ChoosePolicies } from '../choose';
import { holderOf, listGroups, usePolicies } from '../lists';
import { holderPath, lastOf, nameError, nameHint, pathError } from '../names';
import { PasswordFields, newPasswordForm, passwordFormError } from '../PasswordFields';
import { generatePassword, passwordRulesOf } from '../passwords';
import { PasswordMade } from './Retrieve';

export function CreateUser() {
  const iam = useClient(IAMClient);
  const go = useGo();
  const { busy, error, run } = useAction();
  const policies = usePolicies();
  const groups = useLoad(async (abortSignal) => (await listGroups(iam, { abortSignal })).map((g) => ({ name: g.GroupName!, created: g.CreateDate })), [iam]);
  const rules = useLoad((signal) => passwordRulesOf(iam, signal), [iam]);
  const [step, setStep] = useState(0);
  const [tried, setTried] = useState(false);
  const [name, setName] = useState('');
  const [path, setPath] = useState('/');
  const [access, setAccess] = useState(false);
  const [password, setPassword] = useState(newPasswordForm);
  const [inGroups, setInGroups] = useState<string[]>([]);
  const [attached, setAttached] = useState<string[]>([]);
  const [boundary, setBoundary] = useState('');
  const [tags, setTags] = useState<Tag[]>([]);
  const [made, setMade] = useState<string>();
  const finished = useRef(new Set<string>());
  const wrong = [
    [nameError(name, 'user'), pathError(path), access ? passwordFormError(password, rules.data) : undefined].find(Boolean),
    undefined,
    tagsValid(tags) ? undefined : 'Correct the tags.',
  ];
  const started = finished.current.has('user');
  const navigate = (to: number) => {
    setTried(true);
    const bad = wrong.slice(0, to).findIndex(Boolean);
    if (to > step && bad >= 0) return setStep(bad);
    setTried(to <= step && tried);
    setStep(to);
  };
  const create = async () => {
    setTried(true);
    const bad = wrong.findIndex(Boolean);
    if (bad >= 0) return setStep(bad);
    const holder = holderOf(iam, 'user', name);
    const secret = password.custom ? password.password : generatePassword(rules.data);
    // What was done before something failed is not done again.
    const once = async (what: string, f: () => Promise<unknown>) => {
      if (finished.current.has(what)) return;
      await f();
      finished.current.add(what);
    };
    const ok = await run(async () => {
      await once('user', async () =>
        done(
          `User ${name} was created.`,
          await iam.send(new CreateUserCommand({ UserName: name, Path: path, PermissionsBoundary: boundary || undefined, Tags: tags.map((t) => ({ Key: t.key, Value: t.value })) })),
        ),
      );
      for (const g of inGroups) await once(`group ${g}`, () => iam.send(new AddUserToGroupCommand({ UserName: name, GroupName: g })));
      for (const arn of attached) await once(`policy ${arn}`, () => holder.attach(arn));
      if (access) {
        const mayChange = 'arn:aws:iam::aws:policy/IAMUserChangePassword';
        if (password.reset && !rules.data?.AllowUsersToChangePassword && !attached.includes(mayChange)) await once(`policy ${mayChange}`, () => holder.attach(mayChange));
        await once('password', () => iam.send(new CreateLoginProfileCommand({ UserName: name, Password: secret, PasswordResetRequired: password.reset })));
      }
    });
    if (!ok) return;
    if (access) setMade(secret);
    else go(holderPath('user', name));
  };
  const above = [{ text: 'Users', path: '/iam/users' }];
  if (made !== undefined) {
    return (
      <Page title="Retrieve password" above={above}>
        <Container header={<Header variant="h2">Console sign-in details</Header>}>
          <PasswordMade user={name} password={made} />
        </Container>
        <Box float="right">
          <Button variant="primary" onClick={() => go(holderPath('user', name))}>
            View user
          </Button>
        </Box>
      </Page>
    );
  }
  return (
    <Page title="Create user" above={above}>
      <Wizard
        activeStepIndex={step}
        onNavigate={(e) => navigate(e.detail.requestedStepIndex)}
        onCancel={() => go('/iam/users')}
        onSubmit={create}
        isLoadingNextStep={busy}
        submitButtonText="Create user"
        steps={[
          {
            title: 'Specify user details',
            content: (
              <Container header={<Header variant="h2">User details</Header>}>
                <SpaceBetween size="m">
                  <FormField label="User name" constraintText={nameHint('user')} errorText={tried || name ? nameError(name, 'user') : undefined}>
                    <Input value={name} disabled={started} onChange={(e) => setName(e.detail.value)} autoComplete={false} />
                  </FormField>
                  <FormField label="Path - optional" errorText={pathError(path)}>
                    <Input value={path} disabled={started} onChange={(e) => setPath(e.detail.value || '/')} autoComplete={false} />
                  </FormField>
                  <Checkbox checked={access} onChange={(e) => setAccess(e.detail.checked)}>
                    Provide user access to the console - optional
                  </Checkbox>
                  {access && <PasswordFields form={password} onChange={setPassword} policy={rules.data} tried={tried} refused={error?.name.startsWith('PasswordPolicyViolation') ? error.message : undefined} />}
                </SpaceBetween>
              </Container>
            ),
          },
          {
            title: 'Set permissions',
            isOptional: true,
            content: (
              <SpaceBetween size="l">
                <ChooseNames title="User groups" one="group" many="groups" kind="group" list={groups} chosen={inGroups} onChange={setInGroups} />
                <ChoosePolicies policies={policies} chosen={attached} onChange={setAttached} />
                <Container header={<Header variant="h2">Permissions boundary</Header>}>
                  <ChooseBoundary policies={policies} arn={boundary} onChange={setBoundary} />
                </Container>
              </SpaceBetween>
            ),
          },
          {
            title: 'Review and create',
            content: (
              <SpaceBetween size="l">
                {started && error && (
                  <Alert type="warning" header={`User ${name} was created, but not everything was done`}>
                    Mend what is wrong and choose Create user again: only the rest is done.
                  </Alert>
                )}
                <ErrorNote error={error} />
                <Container header={<Header variant="h2">User details</Header>}>
                  <Fields
                    items={[
                      { label: 'User name', value: name },
                      { label: 'Path', value: path },
                      { label: 'Console password type', value: !access ? 'None' : password.custom ? 'Custom password' : 'Autogenerated' },
                      { label: 'Require password reset', value: access && password.reset ? 'Yes' : 'No' },
                      { label: 'Groups', value: inGroups.join(', ') || '–' },
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
