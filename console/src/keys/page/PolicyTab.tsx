// The policy of a key: as lists of principals where it has the console's statements, or as JSON.
import { GetKeyPolicyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction, useLoad } from '../../app/load';
import { ErrorNote } from '../../ui/ErrorNote';
import { Loading } from '../../ui/Field';
import { JsonView, jsonError } from '../../ui/JsonEditor';
import { isAwsManaged } from '../describe';
import { hasDefaultView, readPolicy } from '../policy';
import { policyError, policyLimit } from '../policy-check';
import { lockedOut, PolicyEditor } from '../PolicyEditor';
import { DefaultView } from './DefaultView';
import type { TabProps } from './KeyPage';

export function PolicyTab({ metadata: m }: TabProps) {
  const client = useClient(KMSClient);
  const [search, setSearch] = useSearchParams();
  const policy = useLoad(async (signal) => (await client.send(new GetKeyPolicyCommand({ KeyId: m.KeyId, PolicyName: 'default' }), { abortSignal: signal })).Policy!, [client, m.KeyId]);
  if (policy.error) return <ErrorNote error={policy.error} retry={policy.reload} />;
  if (policy.data === undefined) return <Loading lines={6} />;
  const text = policy.data;
  const parsed = readPolicy(text);
  const canDefault = !isAwsManaged(m) && parsed !== undefined && hasDefaultView(parsed);
  const asText = !canDefault || search.get('view') === 'policy';
  const turn = (view: 'default' | 'policy') =>
    setSearch((s) => (view === 'policy' ? s.set('view', 'policy') : s.delete('view'), s), { replace: true });
  const save = async (next: string, bypass = false) => {
    const result = await client.send(new PutKeyPolicyCommand({ KeyId: m.KeyId, PolicyName: 'default', Policy: next, BypassPolicyLockoutSafetyCheck: bypass || undefined }));
    policy.set(next);
    done(`The policy of key ${m.KeyId} was saved`, result);
  };
  return asText ? (
    <PolicyView text={text} editable={!isAwsManaged(m)} save={save} toDefault={canDefault ? () => turn('default') : undefined} />
  ) : (
    <DefaultView metadata={m} policy={parsed!} save={save} toPolicy={() => turn('policy')} />
  );
}

interface ViewProps {
  text: string;
  editable: boolean;
  save: (text: string, bypass: boolean) => Promise<void>;
  toDefault?: () => void;
}

function PolicyView({ text, editable, save, toDefault }: ViewProps) {
  const [edited, setEdited] = useState<string>();
  const [bypass, setBypass] = useState(false);
  const { busy, error, run, clear } = useAction();
  const wrong = edited !== undefined && (jsonError(edited) !== undefined || policyError(edited) !== undefined || new Blob([edited]).size > policyLimit);
  const end = () => {
    setEdited(undefined);
    setBypass(false);
    clear();
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {edited === undefined && toDefault && <Button onClick={toDefault}>Switch to default view</Button>}
              {edited === undefined && editable && <Button onClick={() => setEdited(text)}>Edit</Button>}
              {edited !== undefined && (
                <Button variant="link" onClick={end}>
                  Cancel
                </Button>
              )}
              {edited !== undefined && (
                <Button
                  variant="primary"
                  loading={busy}
                  disabled={wrong}
                  onClick={async () => {
                    if (await run(() => save(edited, bypass))) end();
                  }}
                >
                  Save changes
                </Button>
              )}
            </SpaceBetween>
          }
        >
          Key policy
        </Header>
      }
    >
      {edited === undefined ? (
        <JsonView text={text} />
      ) : (
        <SpaceBetween size="m">
          <ErrorNote error={error} />
          <PolicyEditor text={edited} onChange={setEdited} bypass={bypass} onBypass={setBypass} refused={lockedOut(error)} />
        </SpaceBetween>
      )}
    </Container>
  );
}
