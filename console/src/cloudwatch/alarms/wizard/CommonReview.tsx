// The last step, of what alarms of both kinds have.
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Fields } from '../../../ui/Field';
import { topicOf } from '../../topics/check';
import { stateNames } from '../words';
import type { Common } from './form';

export function CommonReview({ form, onEdit }: { form: Common; onEdit: (step: number) => void }) {
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header variant="h2" actions={<Button ariaLabel="Edit step 2" onClick={() => onEdit(1)}>Edit</Button>}>
            Step 2: Configure actions
          </Header>
        }
      >
        <Fields
          items={[
            { label: 'Actions', value: form.actions.length === 0 ? 'No actions' : form.actionsEnabled ? 'Actions enabled' : 'Actions disabled' },
            ...form.actions.map((a) => ({ label: `When ${stateNames[a.state]}`, value: `Send a notification to ${topicOf(a.arn)}` })),
          ]}
        />
      </Container>
      <Container
        header={
          <Header variant="h2" actions={<Button ariaLabel="Edit step 3" onClick={() => onEdit(2)}>Edit</Button>}>
            Step 3: Add name and description
          </Header>
        }
      >
        <Fields
          items={[
            { label: 'Name', value: form.name },
            { label: 'Description', value: form.description || '–' },
            form.tags.length > 0 && { label: 'Tags', value: form.tags.map((t) => `${t.key}=${t.value}`).join(', ') },
          ]}
        />
      </Container>
    </SpaceBetween>
  );
}
