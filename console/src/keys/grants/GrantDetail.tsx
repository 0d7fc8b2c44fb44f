// One grant with all that it says.
import type { GrantListEntry } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Copy } from '../../ui/Copy';
import { Fields } from '../../ui/Field';
import { Time } from '../../ui/Time';
import { granteeOf, retiringOf } from './grants';

interface Props {
  id: string;
  grant: GrantListEntry | undefined;
  onClose: () => void;
  onEnd: (how: 'revoke' | 'retire') => void;
}

function Pairs({ of }: { of: Record<string, string> }) {
  return (
    <ul>
      {Object.entries(of).map(([key, value]) => (
        <li key={key}>
          {key} = {value}
        </li>
      ))}
    </ul>
  );
}

export function GrantDetail({ id, grant, onClose, onEnd }: Props) {
  if (!grant) {
    return (
      <Alert type="warning" dismissible dismissAriaLabel="Close" onDismiss={onClose} header="This grant is no longer there">
        Grant {id} was retired or revoked, or it is not one of this key.
      </Alert>
    );
  }
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset, SourceArn: source } = grant.Constraints ?? {};
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button onClick={() => onEnd('retire')}>Retire this grant</Button>
              <Button onClick={() => onEnd('revoke')}>Revoke this grant</Button>
              <Button variant="icon" iconName="close" ariaLabel="Close details" onClick={onClose} />
            </SpaceBetween>
          }
        >
          Grant details
        </Header>
      }
    >
      <Fields
        columns={2}
        items={[
          { label: 'Grant ID', value: <Copy text={grant.GrantId} name="grant ID" /> },
          { label: 'Grant name', value: grant.Name || '–' },
          { label: 'Grantee principal', value: <Copy text={granteeOf(grant)} name="grantee principal" /> },
          { label: 'Retiring principal', value: <Copy text={retiringOf(grant)} name="retiring principal" /> },
          { label: 'Operations', value: grant.Operations?.map((o) => <div key={o}>{o}</div>) },
          { label: 'Issuing account', value: <Copy text={grant.IssuingAccount} name="issuing account" /> },
          { label: 'Creation date', value: <Time at={grant.CreationDate} seconds /> },
          !equals && !subset && !source && { label: 'Constraints', value: '–' },
          equals && { label: 'Encryption context equals', value: <Pairs of={equals} /> },
          subset && { label: 'Encryption context subset', value: <Pairs of={subset} /> },
          !!source && { label: 'Source ARN', value: source },
        ]}
      />
    </Container>
  );
}
