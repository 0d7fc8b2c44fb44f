// The form for a new grant. The grant token is shown once, when the grant has been created.
import { CreateGrantCommand, KMSClient, type CreateGrantResponse, type GrantOperation, type KeyMetadata } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useAction } from '../../app/load';
import { Copy } from '../../ui/Copy';
import { ErrorNote } from '../../ui/ErrorNote';
import { Fields } from '../../ui/Field';
import { isSymmetricEncryption } from '../describe';
import { contextOf, pairsValid, type Pair } from '../tryit/context';
import { ContextFields } from '../tryit/ContextFields';
import { longestValue, mostPairs, nameError, operationsFor, principalError } from './grants';
import { PrincipalField } from './PrincipalField';

interface Props {
  metadata: KeyMetadata;
  onClose: () => void;
  onDone: () => void;
}

type Constraint = 'none' | 'subset' | 'equals';

export function CreateGrant({ metadata, onClose, onDone }: Props) {
  const client = useClient(KMSClient);
  const { busy, error, run } = useAction();
  const [name, setName] = useState('');
  const [grantee, setGrantee] = useState('');
  const [retiring, setRetiring] = useState('');
  const [operations, setOperations] = useState<readonly string[]>([]);
  const [constraint, setConstraint] = useState<Constraint>('none');
  const [pairs, setPairs] = useState<Pair[]>([]);
  const [tried, setTried] = useState(false);
  const [made, setMade] = useState<CreateGrantResponse>();
  const wrong = {
    name: nameError(name),
    grantee: grantee === '' ? 'Enter the grantee principal.' : principalError(grantee),
    retiring: retiring === '' ? undefined : principalError(retiring),
    operations: operations.length === 0 ? 'Select at least one operation.' : undefined,
    pairs: constraint === 'none' ? undefined : pairs.length === 0 ? 'Add at least one pair.' : pairsValid(pairs, longestValue) ? undefined : 'Correct the pairs.',
  };
  const create = async () => {
    setTried(true);
    if (Object.values(wrong).some(Boolean)) return;
    await run(async () => {
      const context = contextOf(pairs);
      const result = await client.send(
        new CreateGrantCommand({
          KeyId: metadata.Arn ?? metadata.KeyId,
          GranteePrincipal: grantee,
          RetiringPrincipal: retiring || undefined,
          Operations: operations as GrantOperation[],
          Constraints: constraint === 'none' ? undefined : constraint === 'equals' ? { EncryptionContextEquals: context } : { EncryptionContextSubset: context },
          Name: name || undefined,
        }),
      );
      done('Grant created', result);
      setMade(result);
      onDone();
    });
  };
  if (made) return <Made grant={made} onClose={onClose} />;
  const toggle = (operation: string, on: boolean) => setOperations((all) => (on ? [...all, operation] : all.filter((o) => o !== operation)));
  return (
    <Modal
      visible
      size="large"
      header="Create grant"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={busy} onClick={create}>
              Create grant
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="l">
        <FormField label="Grant name - optional" description="A second grant with this name and the same values is not created again." errorText={wrong.name} stretch>
          <Input value={name} onChange={(e) => setName(e.detail.value)} autoComplete={false} />
        </FormField>
        <PrincipalField
          label="Grantee principal"
          description="Who gets the permissions of the grant: the ARN of a user, role, session or account, of this account or another."
          value={grantee}
          onChange={setGrantee}
          error={tried || grantee ? wrong.grantee : undefined}
        />
        <PrincipalField label="Retiring principal - optional" description="Who may retire the grant, beside the account that creates it." value={retiring} onChange={setRetiring} error={wrong.retiring} />
        <FormField label="Operations" description="The operations that the grant permits, of those that this key can do." errorText={tried ? wrong.operations : undefined} stretch>
          <ColumnLayout columns={2} minColumnWidth={220}>
            {operationsFor(metadata).map((o) => (
              <Checkbox key={o} checked={operations.includes(o)} onChange={(e) => toggle(o, e.detail.checked)}>
                {o}
              </Checkbox>
            ))}
          </ColumnLayout>
        </FormField>
        {isSymmetricEncryption(metadata) && (
          <FormField label="Constraint" description="Cryptographic operations are permitted with this encryption context only." errorText={tried && pairs.length === 0 ? wrong.pairs : undefined} stretch>
            <RadioGroup
              ariaLabel="Constraint"
              value={constraint}
              onChange={(e) => setConstraint(e.detail.value as Constraint)}
              items={[
                { value: 'none', label: 'None' },
                { value: 'subset', label: 'Encryption context subset', description: 'The encryption context of a request has all of these pairs; it can have others too.' },
                { value: 'equals', label: 'Encryption context equals', description: 'The encryption context of a request has exactly these pairs.' },
              ]}
            />
          </FormField>
        )}
        {constraint !== 'none' && <ContextFields pairs={pairs} onChange={setPairs} tried={tried} limit={mostPairs} longestValue={longestValue} />}
        <ErrorNote error={error} />
      </SpaceBetween>
    </Modal>
  );
}

function Made({ grant, onClose }: { grant: CreateGrantResponse; onClose: () => void }) {
  return (
    <Modal
      visible
      header="Grant created"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onClose}>
            Close
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Fields
          columns={1}
          items={[
            { label: 'Grant ID', value: <Copy text={grant.GrantId} name="grant ID" /> },
            { label: 'Grant token', value: <Copy text={grant.GrantToken} name="grant token" /> },
          ]}
        />
        <Alert type="info">
          With the grant token, the grantee can use the grant at once, and a principal can retire it. It is not shown again. It is not secret: it gives nobody permissions
          who does not have the grant.
        </Alert>
      </SpaceBetween>
    </Modal>
  );
}
