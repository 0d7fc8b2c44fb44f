// What the simulator decided, and the statements that decided it.
import type { Statement } from '@aws-sdk/client-iam';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useState } from 'react';
import { Go } from '../../ui/Go';
import { ResourceTable } from '../../ui/ResourceTable';
import { marked, type Document, type Row } from './evaluate';

const decisions: Record<string, string> = { allowed: 'Allowed', explicitDeny: 'Denied (explicit)', implicitDeny: 'Denied (implicit)' };

const Decision = ({ of }: { of: string }) => <StatusIndicator type={of === 'allowed' ? 'success' : 'error'}>{decisions[of] ?? of}</StatusIndicator>;

/** nameOf is what a policy is called to a person. */
function nameOf(id: string): string {
  const given = /^PolicyInputList\.(\d+)$/.exec(id);
  if (given) return `Policy ${given[1]} of the form`;
  if (id.startsWith('PermissionsBoundaryPolicyInputList')) return 'Permissions boundary of the form';
  return id === 'ResourcePolicy' ? 'Resource policy' : id;
}

export function Results({ rows, documents }: { rows: readonly Row[]; documents: readonly Document[] }) {
  const [chosen, setChosen] = useState<string>();
  const row = rows.find((r) => r.key === chosen) ?? (rows.length === 1 ? rows[0] : undefined);
  return (
    <SpaceBetween size="l">
      <ResourceTable
        title="Results"
        one="result"
        many="results"
        items={rows}
        trackBy={(r) => r.key}
        pageSize={50}
        columns={[
          { id: 'action', header: 'Action', cell: (r) => r.action, value: (r) => r.action, isRowHeader: true },
          { id: 'resource', header: 'Resource', cell: (r) => <span style={{ overflowWrap: 'anywhere' }}>{r.resource}</span>, value: (r) => r.resource },
          { id: 'decision', header: 'Decision', cell: (r) => <Decision of={r.decision} />, value: (r) => decisions[r.decision] },
          {
            id: 'statements',
            header: 'Matched statements',
            value: (r) => r.statements.length,
            cell: (r) =>
              r.statements.length === 0 ? (
                'None'
              ) : (
                <Button variant="inline-link" ariaLabel={`${counted(r)} matched ${r.action}`} onClick={() => setChosen(r.key)}>
                  {counted(r)}
                </Button>
              ),
          },
          { id: 'missing', header: 'Missing context values', cell: (r) => r.missing.join(', ') || 'None', value: (r) => r.missing.join(', ') },
          { id: 'why', header: 'Note', cell: note, value: note },
        ]}
      />
      {row && row.statements.length > 0 && (
        <Container header={<Header variant="h2">{`Statements that matched ${row.action}`}</Header>}>
          <SpaceBetween size="l">
            {row.statements.map((s, i) => (
              <Matched key={i} statement={s} document={documents.find((d) => d.id === s.SourcePolicyId)} />
            ))}
          </SpaceBetween>
        </Container>
      )}
    </SpaceBetween>
  );
}

const counted = (r: Row) => (r.statements.length === 1 ? '1 statement' : `${r.statements.length} statements`);

function note(r: Row): string {
  if (r.organization === false) return 'Denied by a policy of the organization';
  if (r.boundary === false) return 'Not allowed by the permissions boundary';
  const sides = Object.entries(r.details ?? {}).map(([side, d]) => `${side}: ${decisions[d] ?? d}`);
  return sides.join('; ') || '–';
}

function Matched({ statement: s, document }: { statement: Statement; document?: Document }) {
  const where = `lines ${s.StartPosition?.Line} to ${s.EndPosition?.Line}`;
  const name = nameOf(s.SourcePolicyId ?? '');
  const parts = document && marked(document.text, s);
  return (
    <SpaceBetween size="xs">
      <Box variant="h3">
        {document?.path ? <Go to={document.path}>{name}</Go> : name} <Box variant="span" color="text-body-secondary">({where})</Box>
      </Box>
      {parts ? (
        <pre className="code-view" tabIndex={0} aria-label={`Policy ${name}`}>
          {parts[0]}
          <mark>{parts[1]}</mark>
          {parts[2]}
        </pre>
      ) : (
        <div>The text of this policy could not be read.</div>
      )}
    </SpaceBetween>
  );
}
