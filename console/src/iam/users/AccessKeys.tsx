// The access keys of a user, or of who is signed in.
import { CreateAccessKeyCommand, DeleteAccessKeyCommand, GetAccessKeyLastUsedCommand, IAMClient, ListAccessKeysCommand, UpdateAccessKeyCommand, type AccessKey } from '@aws-sdk/client-iam';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { atOnce, useAction, useLoad } from '../../app/load';
import { Confirm } from '../../ui/Confirm';
import { Copy } from '../../ui/Copy';
import { download } from '../../ui/download';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields } from '../../ui/Field';
import { ResourceTable } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { csv } from '../passwords';
import { Secret } from './Retrieve';

const mostKeys = 2;

/** AccessKeys shows the access keys of a user; without a name, the caller's own. */
export function AccessKeys({ name }: { name?: string }) {
  const iam = useClient(IAMClient);
  const UserName = name;
  const keys = useLoad(
    async (abortSignal) => {
      const list = (await iam.send(new ListAccessKeysCommand({ UserName }), { abortSignal })).AccessKeyMetadata ?? [];
      return atOnce(list, async (k) => ({
        id: k.AccessKeyId!,
        active: k.Status === 'Active',
        created: k.CreateDate,
        // Not everybody who may list keys may read when they were used.
        used: await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: k.AccessKeyId }), { abortSignal }).then((r) => r.AccessKeyLastUsed, () => undefined),
      }));
    },
    [iam, name],
  );
  type Row = NonNullable<typeof keys.data>[number];
  const [selected, setSelected] = useState<Row[]>([]);
  const [open, setOpen] = useState<'create' | 'deactivate' | 'delete'>();
  const { busy, error, run } = useAction();
  const key = keys.data?.find((k) => k.id === selected[0]?.id);
  const close = () => setOpen(undefined);
  const set = async (Status: 'Active' | 'Inactive') => {
    done(`Access key ${key!.id} was ${Status === 'Active' ? 'activated' : 'deactivated'}.`, await iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId: key!.id, Status })));
    keys.reload();
  };
  return (
    <>
      <ErrorNote error={error} />
      <ResourceTable
        title="Access keys"
        description="Access keys sign calls of programs. A user can have two of them, so that one can replace the other."
        one="access key"
        many="access keys"
        items={keys.data}
        loading={keys.loading}
        error={keys.error}
        reload={keys.reload}
        trackBy={(k) => k.id}
        selection="single"
        selected={key ? [key] : []}
        onSelect={setSelected}
        noFilter
        columns={[
          { id: 'id', header: 'Access key ID', cell: (k) => <Copy text={k.id} name="access key ID" />, value: (k) => k.id, isRowHeader: true },
          { id: 'status', header: 'Status', cell: (k) => <StatusIndicator type={k.active ? 'success' : 'stopped'}>{k.active ? 'Active' : 'Inactive'}</StatusIndicator>, value: (k) => String(k.active) },
          { id: 'created', header: 'Created', cell: (k) => <Time at={k.created} />, value: (k) => k.created?.getTime() },
          { id: 'used', header: 'Last used', cell: (k) => (k.used ? k.used.LastUsedDate ? <Time at={k.used.LastUsedDate} /> : 'Never' : '–'), value: (k) => k.used?.LastUsedDate?.getTime() },
          { id: 'service', header: 'Service', cell: (k) => k.used?.ServiceName ?? '–', value: (k) => k.used?.ServiceName },
          { id: 'region', header: 'Region', cell: (k) => k.used?.Region ?? '–', value: (k) => k.used?.Region },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={!key} loading={busy} onClick={() => (key!.active ? setOpen('deactivate') : void run(() => set('Active')))}>
              {key && !key.active ? 'Activate' : 'Deactivate'}
            </Button>
            <Button disabled={!key} onClick={() => setOpen('delete')}>
              Delete
            </Button>
            <Button variant="primary" disabled={!keys.data || keys.data.length >= mostKeys} onClick={() => setOpen('create')}>
              Create access key
            </Button>
          </SpaceBetween>
        }
        empty={{ hint: 'Create an access key for a program that calls the API.' }}
      />
      {open === 'create' && <CreateKey name={name} onClose={close} onDone={keys.reload} />}
      {open === 'deactivate' && key && (
        <Confirm title="Deactivate access key?" action="Deactivate" onClose={close} onConfirm={() => set('Inactive')}>
          Calls that are signed with <b>{key.id}</b> are refused until it is activated again.
        </Confirm>
      )}
      {open === 'delete' && key && (
        <Confirm
          title={`Delete ${key.id}?`}
          action="Delete"
          typed={key.id}
          disabled={key.active}
          warning={key.active && 'Deactivate the access key first, and make sure that nothing needs it.'}
          onClose={close}
          onConfirm={async () => {
            done(`Access key ${key.id} was deleted.`, await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: key.id })));
            setSelected([]);
            keys.reload();
          }}
        >
          Delete the access key permanently? Calls that are signed with it are refused. You can’t undo this action.
          <Box padding={{ top: 's' }}>Last used: {key.used?.LastUsedDate ? <Time at={key.used.LastUsedDate} /> : 'never'}</Box>
        </Confirm>
      )}
    </>
  );
}

function CreateKey({ name, onClose, onDone }: { name?: string; onClose: () => void; onDone: () => void }) {
  const iam = useClient(IAMClient);
  const { busy, error, run } = useAction();
  const [made, setMade] = useState<AccessKey>();
  const create = async () => {
    await run(async () => {
      const result = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
      done(`Access key ${result.AccessKey!.AccessKeyId} was created.`, result);
      setMade(result.AccessKey);
      onDone();
    });
  };
  return (
    <Modal
      visible
      header={made ? 'Retrieve access key' : 'Create access key'}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            {made ? (
              <Button variant="primary" onClick={onClose}>
                Done
              </Button>
            ) : (
              <>
                <Button variant="link" onClick={onClose}>
                  Cancel
                </Button>
                <Button variant="primary" loading={busy} onClick={create}>
                  Create access key
                </Button>
              </>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      {made ? (
        <SpaceBetween size="m">
          <Alert type="warning">This is the only time that the secret access key can be viewed or downloaded. You cannot recover it later. However, you can create a new access key any time.</Alert>
          <Fields
            columns={1}
            items={[
              { label: 'Access key', value: <Copy text={made.AccessKeyId} name="access key" /> },
              { label: 'Secret access key', value: <Secret text={made.SecretAccessKey!} name="secret access key" /> },
            ]}
          />
          <Button
            iconName="download"
            onClick={() => download(`${made.UserName ?? 'user'}_accessKeys.csv`, csv(['Access key ID', 'Secret access key'], [made.AccessKeyId!, made.SecretAccessKey!]), 'text/csv')}
          >
            Download .csv file
          </Button>
        </SpaceBetween>
      ) : (
        <SpaceBetween size="m">
          <ErrorNote error={error} />
          <div>An access key is a long-term credential{name ? <> of <b>{name}</b></> : ' of yours'}. Where a role can be assumed instead, its credentials expire by themselves.</div>
        </SpaceBetween>
      )}
    </Modal>
  );
}
