// A role: permissions, trust relationships, tags.
import { GetRoleCommand, IAMClient, ListRoleTagsCommand, TagRoleCommand, UntagRoleCommand, UpdateRoleCommand } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import Textarea from '@cloudscape-design/components/textarea';
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
import { decoded, descriptionError } from '../names';
import { Permissions } from '../Permissions';
import { DeleteRole } from './DeleteRole';
import { DurationField, durationError, durationWords } from './Duration';
import { TrustTab } from './TrustTab';

export function RolePage() {
  const { name = '' } = useParams();
  const iam = useClient(IAMClient);
  const go = useGo();
  const [query, setQuery] = useSearchParams();
  const [open, setOpen] = useState<'delete' | 'edit'>();
  const role = useLoad(async (abortSignal) => (await iam.send(new GetRoleCommand({ RoleName: name }), { abortSignal })).Role!, [iam, name]);
  const r = role.data;
  const close = () => setOpen(undefined);
  return (
    <Page
      title={name}
      above={[{ text: 'Roles', path: '/iam/roles' }]}
      description={r?.Description}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <Button disabled={!r} onClick={() => setOpen('edit')}>
            Edit
          </Button>
          <Button disabled={!r} onClick={() => setOpen('delete')}>
            Delete
          </Button>
        </SpaceBetween>
      }
    >
      <ErrorNote error={role.error} retry={role.reload} />
      {!r && role.loading && <Loading />}
      {r && (
        <SpaceBetween size="l">
          <Container header={<Header variant="h2">Summary</Header>}>
            <Fields
              items={[
                { label: 'ARN', value: <Copy text={r.Arn} name="ARN" /> },
                { label: 'Path', value: r.Path },
                { label: 'Created', value: <Time at={r.CreateDate} /> },
                {
                  label: 'Last activity',
                  value: r.RoleLastUsed?.LastUsedDate ? (
                    <>
                      <Time at={r.RoleLastUsed.LastUsedDate} /> in {r.RoleLastUsed.Region}
                    </>
                  ) : (
                    '–'
                  ),
                },
                { label: 'Maximum session duration', value: durationWords(r.MaxSessionDuration) },
                { label: 'Role ID', value: <Copy text={r.RoleId} name="role ID" /> },
              ]}
            />
          </Container>
          <Tabs
            ariaLabel="Parts of the role"
            activeTabId={query.get('tab') ?? 'permissions'}
            onChange={(e) => setQuery({ tab: e.detail.activeTabId }, { replace: true })}
            tabs={[
              { id: 'permissions', label: 'Permissions', content: <Permissions kind="role" name={name} boundary={r.PermissionsBoundary?.PermissionsBoundaryArn} changed={role.reload} /> },
              { id: 'trust', label: 'Trust relationships', content: <TrustTab name={name} text={decoded(r.AssumeRolePolicyDocument)} changed={role.reload} /> },
              {
                id: 'tags',
                label: 'Tags',
                content: (
                  <TagsPanel
                    of={name}
                    load={async () => (await all((p) => iam.send(new ListRoleTagsCommand({ ...p, RoleName: name })), (t) => t.Tags)).map((t) => ({ key: t.Key!, value: t.Value! }))}
                    put={(tags) => iam.send(new TagRoleCommand({ RoleName: name, Tags: tags.map((t) => ({ Key: t.key, Value: t.value })) }))}
                    remove={(TagKeys) => iam.send(new UntagRoleCommand({ RoleName: name, TagKeys }))}
                  />
                ),
              },
            ]}
          />
        </SpaceBetween>
      )}
      {open === 'delete' && <DeleteRole name={name} onClose={close} onDone={() => go('/iam/roles')} />}
      {open === 'edit' && r && <EditRole name={name} description={r.Description ?? ''} duration={r.MaxSessionDuration ?? 3600} onClose={close} changed={role.reload} />}
    </Page>
  );
}

function EditRole({ name, onClose, changed, ...was }: { name: string; description: string; duration: number; onClose: () => void; changed: () => void }) {
  const iam = useClient(IAMClient);
  const [description, setDescription] = useState(was.description);
  const [duration, setDuration] = useState(String(was.duration));
  return (
    <Confirm
      title={`Edit ${name}`}
      action="Save changes"
      disabled={!!descriptionError(description) || !!durationError(duration)}
      onClose={onClose}
      onConfirm={async () => {
        done(`Role ${name} was changed.`, await iam.send(new UpdateRoleCommand({ RoleName: name, Description: description, MaxSessionDuration: Number(duration) })));
        changed();
      }}
    >
      <SpaceBetween size="m">
        <FormField label="Description - optional" errorText={descriptionError(description)}>
          <Textarea value={description} onChange={(e) => setDescription(e.detail.value)} rows={2} />
        </FormField>
        <DurationField value={duration} onChange={setDuration} />
      </SpaceBetween>
    </Confirm>
  );
}
