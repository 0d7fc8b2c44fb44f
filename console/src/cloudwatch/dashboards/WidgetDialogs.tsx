// The dialogs that make and change widgets.
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import Multiselect from '@cloudscape-design/components/multiselect';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import Tiles from '@cloudscape-design/components/tiles';
import { useState, type ReactNode } from 'react';
import { useClient } from '../../app/client';
import { useLoad } from '../../app/load';
import { useRegion } from '../../app/region';
import { fromWidget, toWidget, type GraphSpec } from '../../graph';
import { ErrorNote } from '../../ui/ErrorNote';
import { allAlarms } from '../alarms/api';
import { GraphDialog } from '../metrics/GraphDialog';
import { alarmsOf } from './AlarmWidget';
import type { Json } from './body';
import { Markdown } from './Markdown';

export type Kind = 'line' | 'stacked' | 'number' | 'text' | 'alarm';

/** KindDialog asks what a new widget is to show. */
export function KindDialog({ onDone, onClose }: { onDone: (kind: Kind) => void; onClose: () => void }) {
  const [kind, setKind] = useState<Kind>('line');
  return (
    <Frame title="Add widget" action="Next" onDone={() => onDone(kind)} onClose={onClose}>
      <Tiles
        ariaLabel="Widget type"
        value={kind}
        columns={2}
        onChange={(e) => setKind(e.detail.value as Kind)}
        items={[
          { value: 'line', label: 'Line', description: 'Compare metrics over time' },
          { value: 'stacked', label: 'Stacked area', description: 'Compare the total over time' },
          { value: 'number', label: 'Number', description: 'Instantly see the latest value for a metric' },
          { value: 'text', label: 'Text', description: 'Free text with markdown formatting' },
          { value: 'alarm', label: 'Alarm status', description: 'The state of one or more alarms' },
        ]}
      />
    </Frame>
  );
}

interface Props {
  /** the properties of the widget that is changed; undefined for a new one */
  properties?: Json;
  onDone: (properties: Json) => void;
  onClose: () => void;
}

export function MetricDialog({ properties, view, onDone, onClose }: Props & { view: GraphSpec['view'] }) {
  const region = useRegion();
  return (
    <GraphDialog
      title={properties ? 'Edit graph' : 'Add metric graph'}
      action={properties ? 'Update widget' : 'Create widget'}
      start={properties ? fromWidget(properties) : { queries: [], view }}
      missing={(spec) => (spec.queries.length ? undefined : 'Select at least one metric.')}
      onDone={(spec) => onDone(toWidget(spec, region, properties))}
      onClose={onClose}
    />
  );
}

export function TextDialog({ properties, onDone, onClose }: Props) {
  const before = properties?.markdown;
  const [text, setText] = useState(typeof before === 'string' ? before : '# Title\n\nText with **bold** words and a [link](https://example.com/).');
  const [tried, setTried] = useState(false);
  const wrong = text.trim() ? undefined : 'Enter a text.';
  return (
    <Frame title={properties ? 'Edit text widget' : 'Add text widget'} action={properties ? 'Update widget' : 'Create widget'} onDone={() => (wrong ? setTried(true) : onDone({ ...properties, markdown: text }))} onClose={onClose}>
      <SpaceBetween size="m">
        <FormField stretch label="Markdown" description="Headings, lists, tables, links, bold, italic and code. HTML is shown as text." errorText={tried && wrong}>
          <div className="code">
            <Textarea value={text} rows={10} onChange={(e) => setText(e.detail.value)} />
          </div>
        </FormField>
        <div role="group" aria-label="Preview">
          <Box variant="awsui-key-label">Preview</Box>
          <Markdown text={text} />
        </div>
      </SpaceBetween>
    </Frame>
  );
}

export function AlarmDialog({ properties, onDone, onClose }: Props) {
  const client = useClient(CloudWatchClient);
  const alarms = useLoad((signal) => allAlarms(client, signal), [client]);
  const [title, setTitle] = useState(typeof properties?.title === 'string' ? properties.title : 'Alarms');
  const [chosen, setChosen] = useState<readonly string[]>(alarmsOf(properties ?? {}));
  const [tried, setTried] = useState(false);
  const wrong = chosen.length === 0 ? 'Select at least one alarm.' : chosen.length > 100 ? 'A widget shows at most 100 alarms.' : undefined;
  const name = (arn: string) => arn.split(':').slice(6).join(':') || arn;
  return (
    <Frame title={properties ? 'Edit alarm status' : 'Add alarm status'} action={properties ? 'Update widget' : 'Create widget'} onDone={() => (wrong ? setTried(true) : onDone({ ...properties, title, alarms: chosen }))} onClose={onClose}>
      <SpaceBetween size="m">
        <FormField label="Title">
          <Input value={title} onChange={(e) => setTitle(e.detail.value)} autoComplete={false} />
        </FormField>
        <FormField label="Alarms" errorText={tried && wrong} stretch>
          <Multiselect
            selectedOptions={chosen.map((arn) => ({ value: arn, label: name(arn) }))}
            options={(alarms.data ?? []).map((a) => ({ value: a.arn, label: a.name }))}
            placeholder="Select alarms"
            filteringType="auto"
            expandToViewport
            statusType={alarms.loading ? 'loading' : 'finished'}
            loadingText="Loading alarms"
            empty="There are no alarms yet"
            deselectAriaLabel={(o) => `Remove ${o.label}`}
            onChange={(e) => setChosen(e.detail.selectedOptions.map((o) => o.value!))}
          />
        </FormField>
        <ErrorNote error={alarms.error} retry={alarms.reload} header="The alarms could not be read" />
      </SpaceBetween>
    </Frame>
  );
}

function Frame({ title, action, children, onDone, onClose }: { title: string; action: string; children: ReactNode; onDone: () => void; onClose: () => void }) {
  return (
    <Modal
      visible
      size="large"
      header={title}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" onClick={onDone}>
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      {children}
    </Modal>
  );
}
