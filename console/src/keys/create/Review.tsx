// Step 6: everything that was chosen, once more.
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import { useIdentity } from '../../app/session';
import { Fields } from '../../ui/Field';
import { JsonView } from '../../ui/JsonEditor';
import { originText, usageText } from '../describe';
import { principalOf } from '../principals';
import { usualPolicy, type Form } from './model';

export function Review({ form, edit }: { form: Form; edit: (step: number) => void }) {
  const me = useIdentity();
  const names = (arns: readonly string[]) => (arns.length === 0 ? 'None' : arns.map((a) => principalOf(a).name).join(', '));
  const part = (step: number, title: string, content: ReactNode) => (
    <Container
      header={
        <Header variant="h2" actions={<Button ariaLabel={`Edit ${title.toLowerCase()}`} onClick={() => edit(step)}>Edit</Button>}>
          {title}
        </Header>
      }
    >
      {content}
    </Container>
  );
  return (
    <SpaceBetween size="l">
      {part(
        0,
        'Key configuration',
        <Fields
          items={[
            { label: 'Key type', value: form.type },
            { label: 'Key spec', value: form.spec },
            { label: 'Key usage', value: usageText(form.usage) },
            { label: 'Origin', value: originText(form.origin) },
            { label: 'Regionality', value: form.multiRegion ? 'Multi-Region key' : 'Single-Region key' },
            form.store !== '' && { label: 'Custom key store ID', value: form.store },
            form.xksKey !== '' && { label: 'External key ID', value: form.xksKey },
          ]}
        />,
      )}
      {part(
        1,
        'Alias, description and tags',
        <Fields
          items={[
            { label: 'Alias', value: form.alias },
            { label: 'Description', value: form.description || '–' },
            { label: 'Tags', value: form.tags.length === 0 ? '–' : form.tags.map((t) => `${t.key}: ${t.value}`).join(', ') },
          ]}
        />,
      )}
      {part(
        2,
        'Permissions',
        <Fields
          items={[
            { label: 'Key administrators', value: names(form.administrators) },
            { label: 'Key administrators may delete the key', value: form.deletion ? 'Yes' : 'No' },
            { label: 'Key users', value: names(form.users) },
            { label: 'Other AWS accounts', value: form.accounts.length === 0 ? 'None' : form.accounts.join(', ') },
            form.policy !== undefined && { label: 'Key policy', value: 'Edited by hand' },
          ]}
        />,
      )}
      {part(4, 'Key policy', <JsonView text={form.policy ?? usualPolicy(form, me.account)} />)}
    </SpaceBetween>
  );
}
