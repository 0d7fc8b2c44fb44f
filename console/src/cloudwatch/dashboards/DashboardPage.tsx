// One dashboard.
import { CloudWatchClient, GetDashboardCommand, PutDashboardCommand, type DashboardInvalidInputError, type DashboardValidationMessage } from '@aws-sdk/client-cloudwatch';
import Alert from '@cloudscape-design/components/alert';
import { useState } from 'react';
import { useParams } from 'react-router';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction, useLoad } from '../../app/load';
import { codeOf, ErrorNote, requestOf } from '../../ui/ErrorNote';
import { Loading } from '../../ui/Field';
import { Page } from '../../ui/Page';
import { DashboardView } from './DashboardView';
import { SourceDialog } from './DashboardSource';
import { readBody } from './body';

const above = [{ text: 'Dashboards', path: '/cloudwatch/dashboards' }];

export default function DashboardPage() {
  const { name = '' } = useParams();
  const client = useClient(CloudWatchClient);
  const { data, error, loading, reload } = useLoad(
    (signal) => client.send(new GetDashboardCommand({ DashboardName: name }), { abortSignal: signal }).then((r) => ({ name, text: r.DashboardBody ?? '{}' })),
    [client, name],
  );
  const saving = useAction();
  const [warnings, setWarnings] = useState<readonly DashboardValidationMessage[]>([]);
  const [mending, setMending] = useState(false);
  const save = async (text: string) => {
    setWarnings([]);
    return saving.run(async () => {
      const result = await client.send(new PutDashboardCommand({ DashboardName: name, DashboardBody: text }));
      setWarnings(result.DashboardValidationMessages ?? []);
      done(`Dashboard ${name} saved`, result);
    });
  };
  const notes = (
    <>
      <SaveError error={saving.error} />
      {warnings.length > 0 && <Alert type="warning" header="The dashboard was saved, with remarks"><Messages list={warnings} /></Alert>}
    </>
  );
  if (!data || loading) {
    return (
      <Page title={name} above={above}>
        <ErrorNote error={error} retry={reload} />
        {loading && <Loading lines={6} />}
      </Page>
    );
  }
  let wrong: Error | undefined;
  try {
    readBody(data.text);
  } catch (e) {
    wrong = e as Error;
  }
  if (wrong) {
    return (
      <Page title={name} above={above}>
        <Alert type="error" header="The source of this dashboard cannot be shown">
          {wrong.message}
        </Alert>
        {notes}
        {!mending && <SourceDialog title="Source" text={data.text} onClose={() => setMending(true)} onDone={(text) => (readBody(text), void save(text).then(reload))} />}
      </Page>
    );
  }
  return <DashboardView key={data.name} name={name} text={data.text} save={save} saving={saving.busy} notes={notes} above={above} />;
}

function Messages({ list }: { list: readonly DashboardValidationMessage[] }) {
  return (
    <ul>
      {list.map((m, i) => (
        <li key={i}>
          {m.DataPath && <code>{m.DataPath}</code>} {m.Message}
        </li>
      ))}
    </ul>
  );
}

/** SaveError shows each thing that is wrong with a body where the service tells them one by one. */
function SaveError({ error }: { error?: Error }) {
  if (!error) return null;
  const list = (error as Partial<DashboardInvalidInputError>).dashboardValidationMessages ?? [];
  if (!list.length) return <ErrorNote error={error} />;
  return (
    <Alert type="error" header={`${codeOf(error)}: the dashboard was not saved`}>
      <Messages list={list} />
      {requestOf(error) && <>Request ID: {requestOf(error)}</>}
    </Alert>
  );
}
