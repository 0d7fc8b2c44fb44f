// The first step of a metric filter: its pattern, tested on sample or live events.
import { CloudWatchLogsClient, DescribeLogStreamsCommand, GetLogEventsCommand, TestMetricFilterCommand, type MetricFilterMatchRecord } from '@aws-sdk/client-cloudwatch-logs';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { useAction, useLoad } from '../../app/load';
import { ErrorNote } from '../../ui/ErrorNote';
import { patternError } from '../search';
import { Matches } from './Matches';

const custom = { value: '', label: 'Custom log data' };

/** samples is how many messages the service tests at once. */
const samples = 50;

interface Props {
  group: string;
  pattern: string;
  onChange: (pattern: string) => void;
  /** what the service said about the pattern when the step was to be left */
  error?: Error;
}

export function PatternStep({ group, pattern, onChange, error }: Props) {
  const logs = useClient(CloudWatchLogsClient);
  const test = useAction();
  const [stream, setStream] = useState('');
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const [result, setResult] = useState<{ matches: MetricFilterMatchRecord[]; of: number; pattern: string }>();
  const streams = useLoad(
    (signal) => logs.send(new DescribeLogStreamsCommand({ logGroupName: group, orderBy: 'LastEventTime', descending: true, limit: 50 }), { abortSignal: signal }),
    [logs, group],
  );
  const live = useLoad(
    stream === '' ? undefined : async (signal) => ((await logs.send(new GetLogEventsCommand({ logGroupName: group, logStreamName: stream, limit: samples }), { abortSignal: signal })).events ?? []).map((e) => e.message ?? ''),
    [logs, group, stream],
  );
  const messages = stream === '' ? text.split('\n').map((l) => l.trimEnd()).filter((l) => l !== '') : (live.data ?? []);
  const sampleError =
    stream === '' && messages.length === 0 ? 'Enter log event messages, one on each line.'
    : messages.length > samples ? `At most ${samples} messages are tested at once; these are ${messages.length}.`
    : undefined;
  const run = async () => {
    setTried(true);
    setResult(undefined);
    if (sampleError || messages.length === 0) return;
    await test.run(async () => {
      const out = await logs.send(new TestMetricFilterCommand({ filterPattern: pattern.trim(), logEventMessages: messages }));
      setResult({ matches: out.matches ?? [], of: messages.length, pattern });
    });
  };
  const wrong = patternError(test.error) ?? patternError(error);
  const options = [custom, ...(streams.data?.logStreams ?? []).map((s) => ({ value: s.logStreamName!, label: s.logStreamName! }))];
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2" description="Specify the terms or the fields that log events must have to be counted.">Create filter pattern</Header>}>
        <FormField label="Filter pattern" errorText={wrong} constraintText={'Words, "a phrase", { $.field = value } for JSON, [a, b, …] for fields between spaces. An empty pattern matches every event.'} stretch>
          <Input
            value={pattern}
            onChange={(e) => {
              test.clear();
              onChange(e.detail.value);
            }}
            placeholder={'{ $.eventName = "Decrypt" }'}
            autoComplete={false}
            spellcheck={false}
          />
        </FormField>
      </Container>
      <Container header={<Header variant="h2">Test pattern</Header>}>
        <SpaceBetween size="l">
          <FormField label="Select log data to test" description="Events of a log stream of this group, or messages of your own.">
            <Select
              options={options}
              selectedOption={options.find((o) => o.value === stream) ?? { value: stream, label: stream }}
              filteringType="auto"
              filteringAriaLabel="Find log streams"
              statusType={streams.loading ? 'loading' : streams.error ? 'error' : 'finished'}
              loadingText="Loading log streams"
              errorText={streams.error?.message}
              onChange={(e) => {
                setStream(e.detail.selectedOption.value ?? '');
                setResult(undefined);
              }}
            />
          </FormField>
          {stream === '' ? (
            <FormField label="Log event messages" description={`One message on each line, at most ${samples}.`} errorText={tried ? sampleError : undefined} stretch>
              <Textarea value={text} onChange={(e) => setText(e.detail.value)} rows={6} spellcheck={false} autoComplete={false} />
            </FormField>
          ) : (
            <FormField label="Log event messages" description={live.data ? `The newest ${messages.length} events of the stream.` : undefined} stretch>
              <ErrorNote error={live.error} retry={live.reload} />
              <pre className="code-view" tabIndex={0} aria-label="Log event messages" style={{ maxHeight: 180 }}>
                {live.loading ? 'Loading' : messages.join('\n') || 'The stream has no events.'}
              </pre>
            </FormField>
          )}
          <Button loading={test.busy} disabled={stream !== '' && messages.length === 0} onClick={() => void run()}>
            Test pattern
          </Button>
          {!patternError(test.error) && <ErrorNote error={test.error} />}
          {result && (
            <SpaceBetween size="s">
              <Box variant="h3">Results</Box>
              <div role="status">
                Found {result.matches.length} {result.matches.length === 1 ? 'match' : 'matches'} out of {result.of} {result.of === 1 ? 'event' : 'events'} in the sample log.
              </div>
              {result.matches.length > 0 && <Matches matches={result.matches} />}
            </SpaceBetween>
          )}
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  );
}
