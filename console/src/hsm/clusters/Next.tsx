// What a cluster needs before a key store can have it.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { Cluster } from '../../app/hsm-client';
import { useGo } from '../../app/region';

function Command({ text }: { text: string }) {
  return (
    <pre className="code-view" tabIndex={0} aria-label="Command of the server's operator">
      {text}
    </pre>
  );
}

export function Next({ cluster: c }: { cluster: Cluster }) {
  const go = useGo();
  if (c.State === 'UNINITIALIZED') {
    const active = (c.Hsms ?? []).some((h) => h.State === 'ACTIVE');
    if (!active) {
      return (
        <Alert type="info" header="Next: create an HSM">
          {(c.Hsms ?? []).length === 0 ? 'The certificate signing request of the cluster comes from its first HSM.' : 'The first HSM is being created.'}
        </Alert>
      );
    }
    return (
      <Alert type="info" header="Next: initialize the cluster" action={<Button onClick={() => go(`/cloudhsm/clusters/${c.ClusterId}/initialize`)}>Initialize</Button>}>
        You own the cluster when you have signed its certificate.
      </Alert>
    );
  }
  if (c.State === 'INITIALIZED') {
    return (
      <Alert type="info" header="Next: activate the cluster">
        <SpaceBetween size="xs">
          <div>The passwords of an HSM’s users do not go through the API. Whoever runs the server sets that of the officer and creates kmsuser, the user of key stores:</div>
          <Command text={`keystead hsm activate ${c.ClusterId}\nkeystead hsm users create ${c.ClusterId} kmsuser`} />
          <div>A key store also needs a second HSM in another Availability Zone.</div>
        </SpaceBetween>
      </Alert>
    );
  }
  return null;
}
