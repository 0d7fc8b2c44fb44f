// The form that makes a user group.
import { AddUserToGroupCommand, CreateGroupCommand, IAMClient } from '@aws-sdk/client-iam';
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useRef, useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction, useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { Page } from '../../ui/Page';
import { PageForm } from '../../ui/PageForm';
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
      <PageForm submit="Create user group" busy={busy} error={error} onSubmit={submit} onCancel={() => go('/iam/groups')}>
        {started && error && <Alert type="warning">User group {name} was created, but not everything was done. Choose Create user group again to do the rest.</Alert>}
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
      </PageForm>
    </Page>
  );
}
