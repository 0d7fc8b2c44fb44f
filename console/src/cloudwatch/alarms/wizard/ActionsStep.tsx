// The second step: whom the alarm tells when its state changes.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Toggle from '@cloudscape-design/components/toggle';
import { TopicChooser } from '../../TopicChooser';
import type { State } from '../state';
import { actionErrors, type Common } from './form';

interface Props {
  form: Common;
  onChange: (part: Partial<Common>) => void;
  tried: boolean;
}

const triggers: readonly { value: State; label: string; description: string }[] = [
  { value: 'ALARM', label: 'In alarm', description: 'The metric or expression is outside of the defined threshold.' },
  { value: 'OK', label: 'OK', description: 'The metric or expression is within the defined threshold.' },
  { value: 'INSUFFICIENT_DATA', label: 'Insufficient data', description: 'The alarm has just started or not enough data is available.' },
];

const isTopic = (arn: string) => arn === '' || arn.split(':')[2] === 'sns' || !arn.startsWith('arn:');

export function ActionsStep({ form, onChange, tried }: Props) {
  const { actions } = form;
  const errors = actionErrors(actions);
  const change = (i: number, part: Partial<(typeof actions)[number]>) => onChange({ actions: actions.map((a, j) => (i === j ? { ...a, ...part } : a)) });
  return (
    <Container
      header={
        <Header variant="h2" actions={<Toggle checked={form.actionsEnabled} onChange={(e) => onChange({ actionsEnabled: e.detail.checked })}>Actions enabled</Toggle>}>
          Notification
        </Header>
      }
    >
      <SpaceBetween size="xl">
        {actions.map((a, i) => (
          <div key={i} role="group" aria-label={`Notification ${i + 1}`}>
            <SpaceBetween size="m">
              <Header variant="h3" actions={<Button ariaLabel={`Remove notification ${i + 1}`} onClick={() => onChange({ actions: actions.filter((_, j) => j !== i) })}>Remove</Button>}>
                Notification {i + 1}
              </Header>
              <FormField label="Alarm state trigger" description="Define the alarm state that will trigger this action." errorText={errors[i]?.startsWith('A state') ? errors[i] : undefined}>
                <RadioGroup value={a.state} ariaLabel="Alarm state trigger" items={[...triggers]} onChange={(e) => change(i, { state: e.detail.value as State })} />
              </FormField>
              {isTopic(a.arn) ? (
                <TopicChooser value={a.arn} tried={tried} taken={actions.filter((b, j) => j < i && b.state === a.state).map((b) => b.arn)} onChange={(arn) => change(i, { arn })} />
              ) : (
                <FormField label="Other action" description="An action that is no notification is kept as it is.">
                  <Box>{a.arn}</Box>
                </FormField>
              )}
            </SpaceBetween>
          </div>
        ))}
        {actions.length === 0 && <Box color="text-body-secondary">Nobody will be notified.</Box>}
        <Button iconName="add-plus" onClick={() => onChange({ actions: [...actions, { state: 'ALARM', arn: '' }] })}>
          Add notification
        </Button>
      </SpaceBetween>
    </Container>
  );
}
