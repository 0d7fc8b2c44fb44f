// The versions of a policy: which one counts, what has changed between two.
import { DeletePolicyVersionCommand, GetPolicyVersionCommand, IAMClient, ListPolicyVersionsCommand, SetDefaultPolicyVersionCommand } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { atOnce, useLoad } from '../../app/load';
import { Confirm } from '../../ui/Confirm';
import { ErrorNote } from '../../ui/ErrorNote';
import { Loading } from '../../ui/Field';
import { JsonView, pretty } from '../../ui/JsonEditor';
import { ResourceTable } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { all } from '../lists';
import { decoded, lastOf } from '../names';
import { differences } from './differences';

export function Versions({ arn, own, changed }: { arn: string; own: boolean; changed: () => void }) {
  const iam = useClient(IAMClient);
  const versions = useLoad((abortSignal) => all((p) => iam.send(new ListPolicyVersionsCommand({ ...p, PolicyArn: arn }), { abortSignal }), (r) => r.Versions, abortSignal), [iam, arn]);
  type Row = NonNullable<typeof versions.data>[number];
  const [selected, setSelected] = useState<Row[]>([]);
  const [open, setOpen] = useState<'view' | 'default' | 'delete'>();
  const one = selected.length === 1 ? selected[0] : undefined;
  const close = () => setOpen(undefined);
  const after = () => {
    setSelected([]);
    versions.reload();
    changed();
  };
  return (
    <>
      <ResourceTable
        title="Policy versions"
        description="A policy has up to five versions. The default version is the one that counts."
        one="version"
        many="versions"
        items={versions.data}
        loading={versions.loading}
        error={versions.error}
        reload={versions.reload}
        trackBy={(v) => v.VersionId!}
        selection="multi"
        selected={selected}
        onSelect={setSelected}
        noFilter
        columns={[
          { id: 'id', header: 'Version', cell: (v) => v.VersionId, isRowHeader: true },
          { id: 'default', header: 'Default', cell: (v) => (v.IsDefaultVersion ? <StatusIndicator>Default</StatusIndicator> : '–') },
          { id: 'created', header: 'Created', cell: (v) => <Time at={v.CreateDate} /> },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length < 1 || selected.length > 2} onClick={() => setOpen('view')}>
              {selected.length === 2 ? 'Compare' : 'View JSON'}
            </Button>
            {own && (
              <>
                <Button disabled={!one || one.IsDefaultVersion} onClick={() => setOpen('delete')}>
                  Delete
                </Button>{' '}
                <Button disabled={!one || one.IsDefaultVersion} onClick={() => setOpen('default')}>
                  Set as default
                </Button>
              </>
            )}
          </SpaceBetween>
        }
      />
      {open === 'view' && <View arn={arn} ids={selected.map((v) => v.VersionId!)} onClose={close} />}
      {open === 'default' && one && (
        <Confirm
          title={`Set ${one.VersionId} as default?`}
          action="Set as default"
          onClose={close}
          onConfirm={async () => {
            done(`Version ${one.VersionId} of policy ${lastOf(arn)} is the default now.`, await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn: arn, VersionId: one.VersionId })));
            after();
          }}
        >
          What this version says counts at once for all to whom the policy is attached.
        </Confirm>
      )}
      {open === 'delete' && one && (
        <Confirm
          title={`Delete version ${one.VersionId}?`}
          action="Delete"
          onClose={close}
          onConfirm={async () => {
            done(`Version ${one.VersionId} of policy ${lastOf(arn)} was deleted.`, await iam.send(new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId: one.VersionId })));
            after();
          }}
        >
          Delete this version permanently? You can’t undo this action.
        </Confirm>
      )}
    </>
  );
}

/** View shows the JSON of one version, or what has changed from the older of two to the newer. */
function View({ arn, ids, onClose }: { arn: string; ids: readonly string[]; onClose: () => void }) {
  const iam = useClient(IAMClient);
  const inOrder = [...ids].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  const texts = useLoad(
    (abortSignal) => atOnce(inOrder, async (VersionId) => pretty(decoded((await iam.send(new GetPolicyVersionCommand({ PolicyArn: arn, VersionId }), { abortSignal })).PolicyVersion?.Document))),
    [iam, arn, ids.join()],
  );
  return (
    <Modal visible size="large" header={ids.length === 2 ? `From ${inOrder[0]} to ${inOrder[1]}` : `Version ${ids[0]}`} onDismiss={onClose}>
      <ErrorNote error={texts.error} retry={texts.reload} />
      {!texts.data && texts.loading && <Loading />}
      {texts.data?.length === 1 && <JsonView text={texts.data[0]} />}
      {texts.data?.length === 2 && (
        <pre className="code-view" tabIndex={0} aria-label="Differences">
          {differences(texts.data[0], texts.data[1]).map((d, i) => (
            <div key={i} style={d.sign === ' ' ? undefined : { fontWeight: 'bold', textDecoration: d.sign === '-' ? 'line-through' : undefined }}>
              {d.sign} {d.line}
            </div>
          ))}
        </pre>
      )}
    </Modal>
  );
}
