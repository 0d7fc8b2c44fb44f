// The fields of an external key store, with what is wrong beside each.
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input, { type InputProps } from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { XksProxyConnectivityType } from '@aws-sdk/client-kms';
import { OneFile } from '../../ui/OneFile';
import { readConfiguration } from '../configuration.ts';
import { pathEnd } from '../fields.ts';
import type { Faults, Properties } from './properties.ts';

interface Props {
  value: Properties;
  onChange: (change: Partial<Properties>) => void;
  faults: Faults;
  /** true once somebody tried to send the form: before, only what is filled in is checked */
  tried: boolean;
  /** of a key store that there is */
  existing?: { connected: boolean; accessKeyId?: string };
}

export function ExternalFields({ value, onChange, faults, tried, existing }: Props) {
  const wrong = (name: keyof Properties) => (tried || (value[name] !== '' && value[name] !== 'https://') ? faults[name] : undefined);
  const fixed = existing?.connected ?? false;
  const text = (name: keyof Properties, label: string, more: { description?: string; constraint?: string; disabled?: boolean; type?: InputProps.Type; placeholder?: string } = {}) => (
    <FormField label={label} description={more.description} constraintText={more.constraint} errorText={more.disabled ? undefined : wrong(name)}>
      <Input
        value={value[name]}
        onChange={(e) => onChange({ [name]: e.detail.value })}
        disabled={more.disabled}
        type={more.type}
        placeholder={more.placeholder}
        autoComplete={more.type === 'password' ? 'new-password' : false}
        spellcheck={false}
      />
    </FormField>
  );
  return (
    <SpaceBetween size="l">
      {fixed && (
        <Alert type="info">
          The key store is connected. Its name, proxy URI path and credential can be changed now. To change connectivity, endpoint or VPC endpoint service, disconnect it first.
        </Alert>
      )}
      <Container header={<Header variant="h2">Key store name</Header>}>{text('name', 'Key store name', { constraint: 'Unique in this account and Region; up to 256 characters.' })}</Container>
      <Container header={<Header variant="h2">Proxy connectivity</Header>}>
        <SpaceBetween size="l">
          <FormField label="Proxy connectivity" description="How KMS reaches the external key store proxy.">
            <RadioGroup
              value={value.connectivity}
              onChange={(e) => onChange({ connectivity: e.detail.value as XksProxyConnectivityType })}
              items={[
                { value: 'PUBLIC_ENDPOINT', label: 'Public endpoint', description: 'KMS sends requests to the proxy over the network, by the name of its host.', disabled: fixed },
                { value: 'VPC_ENDPOINT_SERVICE', label: 'VPC endpoint service', description: 'KMS reaches the proxy through an interface endpoint of a VPC endpoint service.', disabled: fixed },
              ]}
            />
          </FormField>
          {value.connectivity === 'VPC_ENDPOINT_SERVICE' && (
            <>
              {text('serviceName', 'VPC endpoint service name', { constraint: 'Like com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0.', disabled: fixed })}
              {text('serviceOwner', 'VPC endpoint service owner - optional', { description: 'The account that owns the VPC endpoint service, if it is another one than this.', constraint: '12 digits.', disabled: fixed })}
            </>
          )}
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">Proxy configuration</Header>}>
        <SpaceBetween size="l">
          <OneFile
            label="Proxy configuration file - optional"
            description="The JSON file that the administrator of the proxy gave you. It fills in the path prefix and the credential below."
            accept=".json,application/json"
            constraint="It has XksProxyUriPath and XksProxyAuthenticationCredential. It is read in this browser and not uploaded as a file."
            button="Upload configuration file"
            onText={(file) => onChange(readConfiguration(file))}
          />
          {text('endpoint', 'Proxy URI endpoint', { description: 'The host of the proxy. KMS uses port 443.', constraint: 'Like https://xks.example.com, without port and path.', disabled: fixed })}
          {text('prefix', 'Proxy URI path prefix - optional', { description: 'What stands before /kms/xks/v1 in the path of the proxy.', placeholder: '/example-prefix', constraint: `The whole path is ${value.prefix}${pathEnd}` })}
          {text('accessKeyId', existing ? 'Proxy credential: Access key ID - optional' : 'Proxy credential: Access key ID', {
            description: existing ? `The key store has ${existing.accessKeyId}. Leave both fields empty to keep the credential.` : undefined,
            constraint: '20 to 30 characters: A to Z and 2 to 7.',
          })}
          {text('secret', existing ? 'Proxy credential: Secret access key - optional' : 'Proxy credential: Secret access key', { type: 'password', constraint: '43 to 64 characters: letters, digits, /, + and =.' })}
        </SpaceBetween>
      </Container>
    </SpaceBetween>
  );
}
