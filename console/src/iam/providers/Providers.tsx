// The list of OpenID Connect identity providers.
import { DeleteOpenIDConnectProviderCommand, GetOpenIDConnectProviderCommand, IAMClient, ListOpenIDConnectProvidersCommand } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { atOnce, useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { Confirm } from '../../ui/Confirm';
import { Go } from '../../ui/Go';
import { Page } from '../../ui/Page';
import { ResourceTable } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';
import { providerPath } from '../names';
import { hostOf } from './checks';

export function Providers() {
  const iam = useClient(IAMClient);
  const go = useGo();
  const providers = useLoad(
    async (abortSignal) => {
      const list = (await iam.send(new ListOpenIDConnectProvidersCommand({}), { abortSignal })).OpenIDConnectProviderList ?? [];
      return atOnce(list, async (p) => ({
        arn: p.Arn!,
        created: await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: p.Arn }), { abortSignal }).then((r) => r.CreateDate, () => undefined),
      }));
    },
    [iam],
  );
  type Row = NonNullable<typeof providers.data>[number];
  const [selected, setSelected] = useState<Row[]>([]);
  const [deleting, setDeleting] = useState(false);
  const create = (
    <Button variant="primary" onClick={() => go('/iam/providers/create')}>
      Add provider
    </Button>
  );
  return (
    <Page title="Identity providers" description="Whoever signs in with an OpenID Connect provider can assume the roles that trust it.">
      <ResourceTable
        title="Identity providers"
        address="q"
        one="provider"
        many="providers"
        items={providers.data}
        loading={providers.loading}
        error={providers.error}
        reload={providers.reload}
        trackBy={(p) => hostOf(p.arn)}
        selection="single"
        selected={selected}
        onSelect={setSelected}
        sortedBy="name"
        columns={[
          { id: 'name', header: 'Provider', cell: (p) => <Go to={providerPath(p.arn)}>{hostOf(p.arn)}</Go>, value: (p) => hostOf(p.arn), isRowHeader: true },
          { id: 'type', header: 'Type', cell: () => 'OpenID Connect' },
          { id: 'created', header: 'Creation time', cell: (p) => <Time at={p.created} />, value: (p) => p.created?.getTime() },
        ]}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={selected.length === 0} onClick={() => setDeleting(true)}>
              Delete
            </Button>
            {create}
          </SpaceBetween>
        }
        empty={{ hint: 'Add a provider, and create a role that trusts it.', action: create }}
      />
      {deleting && selected[0] && (
        <DeleteProvider
          arn={selected[0].arn}
          onClose={() => setDeleting(false)}
          onDone={() => {
            setSelected([]);
            providers.reload();
          }}
        />
      )}
    </Page>
  );
}

export function DeleteProvider({ arn, onClose, onDone }: { arn: string; onClose: () => void; onDone: () => void }) {
  const iam = useClient(IAMClient);
  return (
    <Confirm
      title={`Delete ${hostOf(arn)}?`}
      action="Delete"
      typed="confirm"
      onClose={onClose}
      onConfirm={async () => {
        done(`Identity provider ${hostOf(arn)} was deleted.`, await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn })));
        onDone();
      }}
    >
      Delete the identity provider <b>{hostOf(arn)}</b> permanently? Roles that trust it can’t be assumed through it any more. You can’t undo this action.
    </Confirm>
  );
}
