// A user: permissions, groups, tags, security credentials.
import { GetUserCommand, IAMClient, ListUserTagsCommand, TagUserCommand, UntagUserCommand, UpdateUserCommand } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { Confirm } from '../../ui/Confirm';
import { Copy } from '../../ui/Copy';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields, Loading } from '../../ui/Field';
import { Page } from '../../ui/Page';
import { TagsPanel } from '../../ui/TagsPanel';
import { Time } from '../../ui/Time';
import { all } from '../lists';
import { holderPath, nameError, nameHint, pathError } from '../names';
import { Permissions } from '../Permissions';
import { AccessKeys } from './AccessKeys';
import { DeleteUser } from './DeleteUser';
import { Password } from './Password';
import { UserGroups } from './UserGroups';

export function UserPage() {
  const { name = '' } = useParams();
  const iam = useClient(IAMClient);
  const go = useGo();
  const [query, setQuery] = useSearchParams();
  const [open, setOpen] = useState<'delete' | 'rename'>();
  const user = useLoad(async (abortSignal) => (await iam.send(new GetUserCommand({ UserName: name }), { abortSignal })).User!, [iam, name]);
  const u = user.data;
  const close = () => setOpen(undefined);
  return (
    <Page
      title={name}
      above={[{ text: 'Users', path: '/iam/users' }]}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button disabled={!u} onClick={() => setOpen('rename')}>
            Rename
          </Button>
          <Button disabled={!u} onClick={() => setOpen('delete')}>
            Delete
          </Button>
        </SpaceBetween>
      }
    >
      <ErrorNote error={user.error} retry={user.reload} />
      {!u && user.loading && <Loading />}
      {u && (
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">Summary</Header>}>
            <Fields
              items={[
                { label: 'ARN', value: <Copy text={u.Arn} name="ARN" /> },
                { label: 'Path', value: u.Path },
                { label: 'User ID', value: <Copy text={u.UserId} name="user ID" /> },
                { label: 'Created', value: <Time at={u.CreateDate} /> },
                { label: 'Last console sign-in', value: u.PasswordLastUsed ? <Time at={u.PasswordLastUsed} /> : 'Never' },
              ]}
            />
          </Container>
          <Tabs
            ariaLabel="Parts of the user"
            activeTabId={query.get('tab') ?? 'permissions'}
            onChange={(e) => setQuery({ tab: e.detail.activeTabId }, { replace: true })}
            tabs={[
              { id: 'permissions', label: 'Permissions', content: <Permissions kind="user" name={name} boundary={u.PermissionsBoundary?.PermissionsBoundaryArn} changed={user.reload} /> },
              { id: 'groups', label: 'Groups', content: <UserGroups name={name} /> },
              {
                id: 'tags',
                label: 'Tags',
                content: (
                  <TagsPanel
                    of={name}
                    load={async () => (await all((p) => iam.send(new ListUserTagsCommand({ ...p, UserName: name })), (r) => r.Tags)).map((t) => ({ key: t.Key!, value: t.Value! }))}
                    put={(tags) => iam.send(new TagUserCommand({ UserName: name, Tags: tags.map((t) => ({ Key: t.key, Value: t.value })) }))}
                    remove={(TagKeys) => iam.send(new UntagUserCommand({ UserName: name, TagKeys }))}
                  />
                ),
              },
              {
                id: 'credentials',
                label: 'Security credentials',
                content: (
                  <SpaceBetween size="l">
                    <Password name={name} lastUsed={u.PasswordLastUsed} />
                    <AccessKeys name={name} />
                  </SpaceBetween>
                ),
              },
            ]}
          />
        </SpaceBetween>
      )}
      {open === 'delete' && <DeleteUser name={name} onClose={close} onDone={() => go('/iam/users')} />}
      {open === 'rename' && u && <Rename name={name} path={u.Path!} onClose={close} />}
    </Page>
  );
}

function Rename({ name: old, path: oldPath, onClose }: { name: string; path: string; onClose: () => void }) {
  const iam = useClient(IAMClient);
  const go = useGo();
  const [name, setName] = useState(old);
  const [path, setPath] = useState(oldPath);
  const wrong = nameError(name, 'user');
  return (
    <Confirm
      title={`Rename ${old}`}
      action="Save changes"
      disabled={!!wrong || !!pathError(path) || (name === old && path === oldPath)}
      warning="The user’s ARN changes with its name and path. Policies that name it by its ARN, key policies among them, may no longer apply to it."
      onClose={onClose}
      onConfirm={async () => {
        const result = await iam.send(new UpdateUserCommand({ UserName: old, NewUserName: name === old ? undefined : name, NewPath: path === oldPath ? undefined : path }));
        done(`User ${old} was changed.`, result);
        go(holderPath('user', name), { replace: true });
      }}
    >
      <SpaceBetween size="m">
        <FormField label="User name" constraintText={nameHint('user')} errorText={wrong}>
          <Input value={name} onChange={(e) => setName(e.detail.value)} autoComplete={false} />
        </FormField>
        <FormField label="Path" errorText={pathError(path)}>
          <Input value={path} onChange={(e) => setPath(e.detail.value)} autoComplete={false} />
        </FormField>
      </SpaceBetween>
    </Confirm>
  );
}
