// A math expression or a search: checked by the service before it is put on the graph.
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { useClient } from '../../app/client';
import { now } from '../../app/clock';
import { useAction } from '../../app/load';
import type { GraphQuery, GraphSpec } from '../../graph';
import { load } from '../../graph/data/load.ts';
import { codeOf, ErrorNote } from '../../ui/ErrorNote';
import { expressionError, idError } from './check';

interface Props {
  spec: GraphSpec;
  query: GraphQuery;
  isNew: boolean;
  onDone: (query: GraphQuery) => void;
  onClose: () => void;
}

/** Codes by which the service says that an expression is none. */
const refused = ['ValidationError', 'InvalidParameterValue', 'InvalidParameterValueException', 'ValidationException'];

export function MathDialog({ spec, query, isNew, onDone, onClose }: Props) {
  const client = useClient(CloudWatchClient, spec.region);
  const { busy, error, run, clear } = useAction();
  const [expression, setExpression] = useState(query.expression ?? '');
  const [id, setId] = useState(query.id);
  const [label, setLabel] = useState(query.label ?? '');
  const [tried, setTried] = useState(false);
  const others = spec.queries.filter((q) => q !== query);
  const wrong = { expression: expressionError(expression, id, others), id: idError(id, others) };
  const refusal = error && refused.includes(codeOf(error)) ? error.message : undefined;
  const apply = async () => {
    setTried(true);
    if (wrong.expression || wrong.id) return;
    const next: GraphQuery = { ...query, id, expression: expression.trim(), label: label || undefined };
    // Shown or not, all lines are asked for: what an expression uses need not be seen.
    const ok = await run(() => load(client, { ...spec, queries: [...others, { ...next, visible: undefined }] }, { from: new Date(now().getTime() - 3600e3), to: now(), now: now() }));
    if (!ok) return;
    onDone(next);
    onClose();
  };
  return (
    <Modal
      visible
      size="large"
      header={isNew ? 'Add math expression' : 'Edit math expression'}
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={busy} onClick={apply}>
              Apply
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <FormField
          stretch
          label="Expression"
          description="Use the ids of other lines, functions such as SUM, AVG, RATE, FILL, IF, and METRICS() for all metrics of the graph."
          constraintText={others.length ? `Lines: ${others.map((q) => `${q.id} (${q.label || q.metric || q.expression})`).join(', ')}` : 'There are no other lines yet.'}
          errorText={(tried && wrong.expression) || refusal}
        >
          <div className="code">
            <Textarea value={expression} rows={3} spellcheck={false} autoComplete={false} placeholder="m1 / m2 * 100" onChange={(e) => (setExpression(e.detail.value), clear())} />
          </div>
        </FormField>
        <FormField label="Id" constraintText="Begins with a lowercase letter." errorText={tried && wrong.id}>
          <Input value={id} onChange={(e) => setId(e.detail.value)} autoComplete={false} />
        </FormField>
        <FormField label="Label - optional">
          <Input value={label} onChange={(e) => setLabel(e.detail.value)} autoComplete={false} />
        </FormField>
        {!refusal && <ErrorNote error={error} />}
      </SpaceBetween>
    </Modal>
  );
}
