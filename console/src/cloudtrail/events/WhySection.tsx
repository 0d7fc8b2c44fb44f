// "Why was this allowed or denied": the verdict, the statement that decided, what was missing.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useGo } from '../../app/region';
import { Go } from '../../ui/Go';
import type { CloudTrailRecord } from './record';
import { isDenied, simulatorPath, whyOf, type Decision, type Statement } from './why';

function StatementText({ of }: { of: Statement }) {
  return (
    <>
      statement {of.number}
      {of.sid ? ` ("${of.sid}")` : ''} of {of.path ? <Go to={of.path}>{of.policy}</Go> : of.policy}
    </>
  );
}

/** Reason says in words what decided. */
function Reason({ of }: { of: Decision }) {
  if (of.lacking) return <>No {of.lacking} allows {of.action}. What nothing allows is denied (implicit deny).</>;
  if (of.grant) {
    return (
      <>
        Grant {of.grant} of the key allows it{of.statement && <>, together with <StatementText of={of.statement} /></>}.
      </>
    );
  }
  return (
    <>
      {of.root && 'The root user of the account may do it. '}
      {of.statement && (
        <>
          {of.allowed ? 'Allowed by ' : 'Explicitly denied by '}
          <StatementText of={of.statement} />.{' '}
        </>
      )}
      {of.delegated && (
        <>
          The resource leaves the decision to the account, by <StatementText of={of.delegated} />.
        </>
      )}
      {!of.allowed && ' A deny in any policy beats everything that allows.'}
    </>
  );
}

export function WhySection({ record }: { record: CloudTrailRecord }) {
  const go = useGo();
  const why = whyOf(record);
  const denied = isDenied(record);
  const simulate = simulatorPath(record, why);
  if (record.eventType === 'AwsServiceEvent') return null;
  return (
    <Container
      header={
        <Header variant="h2" description="As it was decided when the call was made; policies may have changed since." actions={simulate && <Button onClick={() => go(simulate)}>Simulate this call</Button>}>
          Why was this allowed or denied
        </Header>
      }
    >
      <SpaceBetween size="m">
        <StatusIndicator type={denied ? 'error' : 'success'}>{denied ? 'Denied' : record.errorCode ? `Not denied; it failed with ${record.errorCode}` : 'Allowed'}</StatusIndicator>
        {why?.decisions.map((d, i) => (
          <div key={i}>
            <Box variant="awsui-key-label">
              {d.action} {d.allowed ? 'allowed' : 'denied'}
            </Box>
            <div style={{ overflowWrap: 'anywhere' }}>
              <Reason of={d} />
            </div>
          </div>
        ))}
        {why && why.detail.length > 0 && (
          <div>
            <Box variant="awsui-key-label">{denied ? 'What decided, and what was missing' : 'Details'}</Box>
            <ul style={{ margin: 0, overflowWrap: 'anywhere' }}>
              {why.detail.map((line, i) => (
                <li key={i}>{line}</li>
              ))}
            </ul>
          </div>
        )}
        {!why && (
          <Box>
            {denied && record.errorMessage && <p>{record.errorMessage}</p>}
            {record.errorCode && !denied
              ? 'No decision was needed, or the call failed before one was made.'
              : 'What decided is not in this record for you: no decision was needed, or policies of another account or of the organization took part, or you may not read the policies that it tells of (iam:GetAccountAuthorizationDetails and kms:GetKeyPolicy). The operator sees it with keystead explain.'}
          </Box>
        )}
      </SpaceBetween>
    </Container>
  );
}
