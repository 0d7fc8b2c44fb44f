// "Show command": the AWS CLI's commands for what was done last.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { CopyButton } from '../ui/Copy';
import { Empty } from '../ui/Empty';
import { Time } from '../ui/Time';
import { isRead, useCalls, type Call } from './calls';
import { command } from './cli';

function Command({ call }: { call: Call }) {
  const text = command(call, location.origin);
  return (
    <SpaceBetween size="xs">
      <Box>
        {call.operation}
        {call.error && <> ended with {call.error}</>}
        {', '}
        <Time at={call.at} seconds />
        {call.requestId && <>. Request ID: {call.requestId}</>}
      </Box>
      <pre className="code-view" tabIndex={0} aria-label={`Command for ${call.operation}`}>
        {text}
      </pre>
      <CopyButton text={text} name="command" />
    </SpaceBetween>
  );
}

export function ShowCommand({ onClose }: { onClose: () => void }) {
  const calls = useCalls();
  const last = calls.find((c) => !isRead(c.operation)) ?? calls[0];
  const others = calls.filter((c) => c !== last);
  return (
    <Modal visible size="large" header="Equivalent AWS CLI command" onDismiss={onClose} footer={<Box float="right"><Button variant="primary" onClick={onClose}>Close</Button></Box>}>
      {last ? (
        <SpaceBetween size="l">
          <Command call={last} />
          {others.length > 0 && (
            <ExpandableSection headerText={`Other calls of these screens (${others.length})`}>
              <SpaceBetween size="l">
                {others.map((c, i) => (
                  <Command key={i} call={c} />
                ))}
              </SpaceBetween>
            </ExpandableSection>
          )}
          <Box variant="small">Secrets and files are left out: put them in where a word in capitals or a file name stands.</Box>
        </SpaceBetween>
      ) : (
        <Empty title="Nothing was called yet" hint="Do something in the console, and its command is here." />
      )}
    </Modal>
  );
}
