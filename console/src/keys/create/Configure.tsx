// Step 1: what kind of key.
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { specs, usageNames } from '../describe';
import type { StepProps } from './CreateKey';
import { originError, type KeyType, type Origin } from './model';
import { OriginFields } from './OriginFields';

const usageHints: Readonly<Record<string, string>> = {
  ENCRYPT_DECRYPT: 'Use the key only to encrypt and decrypt data.',
  GENERATE_VERIFY_MAC: 'Use the key only to generate and verify hash-based message authentication codes (HMAC).',
  SIGN_VERIFY: 'Key pairs for digital signing. Uses the private key for signing and the public key for verification.',
  KEY_AGREEMENT: 'Key pairs for deriving shared secrets.',
  ENCAPSULATE_DECAPSULATE: 'Key pairs for post-quantum key encapsulation (ML-KEM).',
};

const origins: { value: Origin; label: string; description: string }[] = [
  { value: 'AWS_KMS', label: 'KMS - recommended', description: 'AWS KMS creates and manages the key material for the KMS key.' },
  { value: 'EXTERNAL', label: 'External (Import key material)', description: 'You create and import the key material for the KMS key.' },
  { value: 'AWS_CLOUDHSM', label: 'AWS CloudHSM key store', description: 'AWS KMS creates the key material in the AWS CloudHSM cluster of your AWS CloudHSM key store.' },
  { value: 'EXTERNAL_KEY_STORE', label: 'External key store', description: 'The key material for the KMS key is in an external key manager outside of AWS.' },
];

export function Configure({ form, change, errors }: StepProps) {
  const usages = specs[form.type];
  const choices = usages[form.usage];
  return (
    <Container header={<Header variant="h2">Configure key</Header>}>
      <SpaceBetween size="l">
        <FormField label="Key type">
          <RadioGroup
            value={form.type}
            onChange={(e) => change({ type: e.detail.value as KeyType })}
            items={[
              { value: 'Symmetric', label: 'Symmetric', description: 'A single key used for encrypting and decrypting data or generating and verifying HMAC codes.' },
              { value: 'Asymmetric', label: 'Asymmetric', description: 'A public and private key pair used for encrypting and decrypting data, signing and verifying messages, or deriving shared secrets.' },
            ]}
          />
        </FormField>
        <FormField label="Key usage">
          <RadioGroup value={form.usage} onChange={(e) => change({ usage: e.detail.value })} items={Object.keys(usages).map((u) => ({ value: u, label: usageNames[u], description: usageHints[u] }))} />
        </FormField>
        {choices.length > 1 && (
          <FormField label="Key spec" description={form.type === 'Asymmetric' ? 'The kind of key pair, and the algorithms that it supports.' : 'The length of the key and of the HMACs it makes.'}>
            <RadioGroup value={form.spec} onChange={(e) => change({ spec: e.detail.value })} items={choices.map((s) => ({ value: s, label: s }))} />
          </FormField>
        )}
        <ExpandableSection headerText="Advanced options" defaultExpanded={form.origin !== 'AWS_KMS' || form.multiRegion}>
          <SpaceBetween size="l">
            <FormField label="Key material origin" description="Key material origin is a KMS key property that represents the source of the key material. You can't change it after the key is created.">
              <RadioGroup
                value={form.origin}
                onChange={(e) => change({ origin: e.detail.value as Origin })}
                items={origins.map((o) => ({ ...o, description: originError(form.spec, o.value) ?? o.description, disabled: originError(form.spec, o.value) !== undefined }))}
              />
            </FormField>
            <OriginFields form={form} change={change} errors={errors} />
            <FormField label="Regionality" description="Create your KMS key in a single Region, or create one that you can replicate into other Regions. You can't change this property after the key is created.">
              <RadioGroup
                value={form.multiRegion ? 'multi' : 'single'}
                onChange={(e) => change({ multiRegion: e.detail.value === 'multi' })}
                items={[
                  { value: 'single', label: 'Single-Region key', description: 'Never allow this key to be replicated into other Regions.' },
                  {
                    value: 'multi',
                    label: 'Multi-Region key',
                    description: form.store || form.origin === 'AWS_CLOUDHSM' || form.origin === 'EXTERNAL_KEY_STORE' ? 'Keys in custom key stores can’t be replicated.' : 'Allow this key to be replicated into other Regions.',
                    disabled: form.origin === 'AWS_CLOUDHSM' || form.origin === 'EXTERNAL_KEY_STORE',
                  },
                ]}
              />
            </FormField>
          </SpaceBetween>
        </ExpandableSection>
      </SpaceBetween>
    </Container>
  );
}
