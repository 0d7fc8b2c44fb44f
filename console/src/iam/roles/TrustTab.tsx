// Who may assume a role: the trust policy, shown and changed.
import { IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction } from '../../app/load';
import { ErrorNote } from '../../ui/ErrorNote';
import { JsonView, pretty } from '../../ui/JsonEditor';
import { trustLimit } from '../lists';
import { aboutPolicy, PolicyEditor, usable } from '../PolicyEditor';
import { trusted } from './trust';

export function TrustTab({ name, text, changed }: { name: string; text: string; changed: () => void }) {
  const iam = useClient(IAMClient);
  const [edited, setEdited] = useState<string>();
  const [tried, setTried] = useState(false);
  const { busy, error, run, clear } = useAction();
  const save = async () => {
    setTried(true);
    if (edited === undefined || !usable(edited, 'trust', trustLimit)) return;
    const ok = await run(async () => {
      done(`The trust policy of ${name} was changed.`, await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument: edited })));
    });
    if (!ok) return;
    setEdited(undefined);
    changed();
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={`Entities that can assume this role under specified conditions: ${trusted(text)}`}
          actions={
            edited === undefined ? (
              <Button onClick={() => setEdited(pretty(text))}>Edit trust policy</Button>
            ) : (
              <SpaceBetween direction="horizontal" size="xs">
                <Button
                  onClick={() => {
                    setEdited(undefined);
                    clear();
                  }}
                >
                  Cancel
                </Button>
                <Button variant="primary" loading={busy} onClick={save}>
                  Update policy
                </Button>
              </SpaceBetween>
            )
          }
        >
          Trusted entities
        </Header>
      }
    >
      <SpaceBetween size="m">
        {!aboutPolicy(error) && <ErrorNote error={error} />}
        {edited === undefined ? (
          <JsonView text={text} />
        ) : (
          <PolicyEditor
            label="Trust policy"
            kind="trust"
            limit={trustLimit}
            text={edited}
            onChange={(t) => {
              setEdited(t);
              clear();
            }}
            tried={tried}
            refused={error}
          />
        )}
      </SpaceBetween>
    </Container>
  );
}
