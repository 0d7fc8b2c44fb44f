// The dashboards.
import { CloudWatchClient, DeleteDashboardsCommand, ListDashboardsCommand, PutDashboardCommand, type DashboardEntry } from '@aws-sdk/client-cloudwatch';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { everything, useLoad } from '../../app/load';
import { useGo } from '../../app/region';
import { checkName } from '../../graph/data/dashboards.ts';
import { Confirm } from '../../ui/Confirm';
import { Go } from '../../ui/Go';
import { Page } from '../../ui/Page';
import { ResourceTable } from '../../ui/ResourceTable';
import { Time } from '../../ui/Time';

export const dashboardPath = (name: string) => `/cloudwatch/dashboards/${encodeURIComponent(name)}`;

export function DashboardList() {
  const client = useClient(CloudWatchClient);
  const { data, error, loading, reload } = useLoad(
    (signal) =>
      everything(async (NextToken) => {
        const page = await client.send(new ListDashboardsCommand({ NextToken }), { abortSignal: signal });
        return { items: page.DashboardEntries, next: page.NextToken };
      }, signal),
    [client],
  );
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [dialog, setDialog] = useState<'create' | 'delete'>();
  const selected = data?.filter((d) => chosen.includes(d.DashboardName!)) ?? [];
  return (
    <Page title="Dashboards">
      <ResourceTable<DashboardEntry>
        title="Custom dashboards"
        one="dashboard"
        many="dashboards"
        id="dashboards"
        address="search"
        items={data}
        loading={loading}
        error={error}
        reload={reload}
        trackBy={(d) => d.DashboardName!}
        sortedBy="name"
        selection="multi"
        selected={selected}
        onSelect={(items) => setChosen(items.map((d) => d.DashboardName!))}
        columns={[
          { id: 'name', header: 'Name', cell: (d) => <Go to={dashboardPath(d.DashboardName!)}>{d.DashboardName}</Go>, value: (d) => d.DashboardName, isRowHeader: true },
          { id: 'modified', header: 'Last updated', cell: (d) => <Time at={d.LastModified} seconds />, value: (d) => d.LastModified?.toISOString() },
          { id: 'size', header: 'Size (bytes)', cell: (d) => d.Size?.toLocaleString('en-US'), value: (d) => d.Size },
        ]}
        empty={{ hint: 'A dashboard shows graphs, texts and the states of alarms side by side.', action: <Button onClick={() => setDialog('create')}>Create dashboard</Button> }}
        actions={
          <>
            <Button disabled={!selected.length} onClick={() => setDialog('delete')}>
              Delete
            </Button>
            <Button variant="primary" onClick={() => setDialog('create')}>
              Create dashboard
            </Button>
          </>
        }
      />
      {dialog === 'create' && <CreateDashboard taken={data?.map((d) => d.DashboardName!) ?? []} onClose={() => setDialog(undefined)} />}
      {dialog === 'delete' && <DeleteDashboards names={chosen} onDone={() => (setChosen([]), reload())} onClose={() => setDialog(undefined)} />}
    </Page>
  );
}

/** DeleteDashboards asks and deletes. */
export function DeleteDashboards({ names, onDone, onClose }: { names: readonly string[]; onDone: () => void; onClose: () => void }) {
  const client = useClient(CloudWatchClient);
  const what = names.length === 1 ? `dashboard ${names[0]}` : `${names.length} dashboards`;
  return (
    <Confirm
      title={names.length === 1 ? 'Delete dashboard' : 'Delete dashboards'}
      action="Delete"
      onClose={onClose}
      onConfirm={async () => {
        const result = await client.send(new DeleteDashboardsCommand({ DashboardNames: [...names] }));
        done(`${what[0].toUpperCase()}${what.slice(1)} deleted`, result);
        onDone();
      }}
    >
      Permanently delete {names.length === 1 ? <b>{names[0]}</b> : <b>{names.length} dashboards</b>}? Metrics and alarms are not deleted. This can&apos;t be undone.
    </Confirm>
  );
}

function CreateDashboard({ taken, onClose }: { taken: readonly string[]; onClose: () => void }) {
  const client = useClient(CloudWatchClient);
  const go = useGo();
  const [name, setName] = useState('');
  const [tried, setTried] = useState(false);
  const wrong = taken.includes(name) ? 'A dashboard with this name exists already. Enter another name.' : checkName(name, []);
  const create = async () => {
    const result = await client.send(new PutDashboardCommand({ DashboardName: name, DashboardBody: JSON.stringify({ widgets: [] }) }));
    done(`Dashboard ${name} created`, result);
    go(`${dashboardPath(name)}?add=1`);
  };
  return (
    <Confirm title="Create new dashboard" action="Create dashboard" check={() => (setTried(true), !wrong)} onConfirm={create} onClose={onClose}>
      <FormField label="Dashboard name" constraintText="Valid characters in dashboard names include “0-9A-Za-z-_”." errorText={(tried || name !== '') && wrong}>
        <Input value={name} onChange={(e) => setName(e.detail.value)} autoComplete={false} autoFocus />
      </FormField>
    </Confirm>
  );
}
