// The form that makes a user group.
import { AddUserToGroupCommand, CreateGroupCommand, IAMClient } from '@aws-sdk/client-iam';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useRef, useState, type FormEvent } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction, useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { ErrorNote } from '../../ui/ErrorNote';
import { Page } from '../../ui/Page';
import { ChooseNames, ChoosePolicies } from '../choose';
import { holderOf, listUsers, usePolicies } from '../lists';
import { holderPath, nameError, nameHint, pathError } from '../names';

export function CreateGroup() {
  const iam = useClient(IAMClient);
  const go = useGo();
  const { busy, error, run } = useAction();
  const users = useLoad(async (abortSignal) => (await listUsers(iam, { abortSignal })).map((u) => ({ name: u.UserName!, created: u.CreateDate })), [iam]);
  const policies = usePolicies();
  const [name, setName] = useState('');
  const [path, setPath] = useState('/');
  const [members, setMembers] = useState<string[]>([]);
  const [attached, setAttached] = useState<string[]>([]);
  const [tried, setTried] = useState(false);
  const finished = useRef(new Set<string>());
  const started = finished.current.has('group');
  const submit = async () => {
    setTried(true);
    if (nameError(name, 'group') || pathError(path)) return;
    const holder = holderOf(iam, 'group', name);
    const once = async (what: string, f: () => Promise<unknown>) => {
      if (finished.current.has(what)) return;
      await f();
      finished.current.add(what);
    };
    const ok = await run(async () => {
      await once('group', async () => done(`User group ${name} was created.`, await iam.send(new CreateGroupCommand({ GroupName: name, Path: path }))));
      for (const UserName of members) await once(`user ${UserName}`, () => iam.send(new AddUserToGroupCommand({ GroupName: name, UserName })));
      for (const arn of attached) await once(`policy ${arn}`, () => holder.attach(arn));
    });
    if (ok) go(holderPath('group', name));
  };
  return (
    <Page title="Create user group" above={[{ text: 'User groups', path: '/iam/groups' }]}>
      <form
        noValidate
        onSubmit={(e: FormEvent) => {
          e.preventDefault();
          void submit();
        }}
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" onClick={() => go('/iam/groups')}>
                Cancel
              </Button>
              <Button variant="primary" loading={busy}>
                Create user group
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            {started && error && <Alert type="warning">User group {name} was created, but not everything was done. Choose Create user group again to do the rest.</Alert>}
            <ErrorNote error={error} />
            <Container header={<Header variant="h2">Name the group</Header>}>
              <SpaceBetween size="m">
                <FormField label="User group name" constraintText={nameHint('group')} errorText={tried || name ? nameError(name, 'group') : undefined}>
                  <Input value={name} disabled={started} onChange={(e) => setName(e.detail.value)} autoComplete={false} />
                </FormField>
                <FormField label="Path - optional" errorText={pathError(path)}>
                  <Input value={path} disabled={started} onChange={(e) => setPath(e.detail.value || '/')} autoComplete={false} />
                </FormField>
              </SpaceBetween>
            </Container>
            <ChooseNames title="Add users to the group - optional" one="user" many="users" kind="user" list={users} chosen={members} onChange={setMembers} />
            <ChoosePolicies policies={policies} chosen={attached} onChange={setAttached} title="Attach permissions policies - optional" />
          </SpaceBetween>
        </Form>
      </form>
    </Page>
  );
}
