// Ends grants: revokes them, as those may who administer the key, or retires one, as those may who
// use it.
import { KMSClient, RetireGrantCommand, RevokeGrantCommand, type GrantListEntry } from '@aws-sdk/client-kms';
import Box from '@cloudscape-design/components/box';
import { useClient } from '../../app/client';
import { done } from '../../app/flash';
import { useLoad } from '../../app/load';
import { Confirm } from '../../ui/Confirm';
import { codeOf, ErrorNote } from '../../ui/ErrorNote';
import { granteeOf } from './grants';

interface Props {
  how: 'revoke' | 'retire';
  grants: readonly GrantListEntry[];
  keyArn: string;
  onClose: () => void;
  onDone: () => void;
}

export function EndGrant({ how, grants, keyArn, onClose, onDone }: Props) {
  const client = useClient(KMSClient);
  const many = grants.length > 1;
  const retire = how === 'retire';
  const asked = { KeyId: keyArn, GrantId: grants[0].GrantId };
  // Who may retire a grant is not to be seen from the grant alone: the service is asked.
  const may = useLoad(
    retire
      ? async (signal) => {
          try {
            await client.send(new RetireGrantCommand({ ...asked, DryRun: true }), { abortSignal: signal });
          } catch (error) {
            if (codeOf(error) !== 'DryRunOperationException') throw error;
          }
          return true;
        }
      : undefined,
    [client, retire, asked.GrantId],
  );
  const end = async () => {
    for (const [i, g] of grants.entries()) {
      try {
        const input = { KeyId: keyArn, GrantId: g.GrantId };
        const result = retire ? await client.send(new RetireGrantCommand(input)) : await client.send(new RevokeGrantCommand(input));
        done(retire ? `Grant ${g.GrantId} retired` : `Grant ${g.GrantId} revoked`, result);
      } catch (error) {
        if (i > 0) onDone();
        throw error;
      }
    }
    onDone();
  };
  return (
    <Confirm
      title={retire ? 'Retire grant' : many ? `Revoke ${grants.length} grants` : 'Revoke grant'}
      action={retire ? 'Retire grant' : many ? 'Revoke grants' : 'Revoke grant'}
      disabled={retire && !may.data}
      onClose={onClose}
      onConfirm={end}
      warning={many ? 'The grantees lose the permissions of these grants at once.' : 'The grantee loses the permissions of this grant at once.'}
    >
      <Box variant="p">
        {retire
          ? 'A grant is retired by its retiring principal, by its grantee if the grant permits it, or by the account that created it, when it is no longer needed.'
          : 'Revoking is for grants that are not to be used any more, whether or not somebody still does.'}
      </Box>
      <ul>
        {grants.map((g) => (
          <li key={g.GrantId} style={{ overflowWrap: 'anywhere' }}>
            {g.Name ? `${g.Name} (${g.GrantId})` : g.GrantId}: {granteeOf(g)}
          </li>
        ))}
      </ul>
      <ErrorNote error={may.error} header="You can’t retire this grant" />
    </Confirm>
  );
}
