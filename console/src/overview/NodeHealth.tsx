// The health of the node that answers this page.
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Button from '@cloudscape-design/components/button';
import { useLoad } from '../app/load';
import { ErrorNote } from '../ui/ErrorNote';
import { Loading } from '../ui/Field';

interface Ready {
  ready: boolean;
  reasons: Record<string, string>;
}

async function ask(signal: AbortSignal): Promise<Ready> {
  const res = await fetch('/readyz', { signal });
  const body = (await res.json()) as Partial<Ready>;
  return { ready: body.ready === true, reasons: body.reasons ?? {} };
}

export function NodeHealth() {
  const node = useLoad(ask, []);
  const reasons = Object.entries(node.data?.reasons ?? {});
  return (
    <Container
      header={
        <Header variant="h2" description="Of the node that answers this page." actions={<Button iconName="refresh" ariaLabel="Refresh node health" loading={node.loading} onClick={node.reload} />}>
          Node health
        </Header>
      }
    >
      <ErrorNote error={node.error} retry={node.reload} header="The node does not say how it is" />
      {!node.data && node.loading && <Loading lines={1} />}
      {node.data && (
        <Alert type={!node.data.ready ? 'error' : reasons.length > 0 ? 'warning' : 'success'} header={node.data.ready ? 'The node that answers this page is ready' : 'The node that answers this page is not ready'}>
          {reasons.length > 0 && (
            <ul>
              {reasons.map(([what, why]) => (
                <li key={what}>
                  {what}: {why}
                </li>
              ))}
            </ul>
          )}
        </Alert>
      )}
    </Container>
  );
}
