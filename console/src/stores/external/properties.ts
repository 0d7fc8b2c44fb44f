// The properties of an external key store as a form has them.
import type { CreateCustomKeyStoreCommandInput, UpdateCustomKeyStoreCommandInput, XksProxyConnectivityType } from '@aws-sdk/client-kms';
import type { KeyStore } from '../data';
import { checkAccessKeyId, checkEndpoint, checkName, checkOwner, checkPrefix, checkSecret, checkServiceName, pathEnd } from '../fields.ts';

export interface Properties {
  name: string;
  connectivity: XksProxyConnectivityType;
  serviceName: string;
  serviceOwner: string;
  endpoint: string;
  prefix: string;
  accessKeyId: string;
  secret: string;
}

export const blank: Properties = { name: '', connectivity: 'PUBLIC_ENDPOINT', serviceName: '', serviceOwner: '', endpoint: 'https://', prefix: '', accessKeyId: '', secret: '' };

/** propertiesOf is what a key store has. Its credential is never given out. */
export function propertiesOf(s: KeyStore): Properties {
  const x = s.XksProxyConfiguration ?? {};
  return {
    name: s.CustomKeyStoreName,
    connectivity: x.Connectivity ?? 'PUBLIC_ENDPOINT',
    serviceName: x.VpcEndpointServiceName ?? '',
    serviceOwner: x.VpcEndpointServiceOwner ?? '',
    endpoint: x.UriEndpoint ?? '',
    prefix: (x.UriPath ?? '').replace(new RegExp(`${pathEnd}$`), ''),
    accessKeyId: '',
    secret: '',
  };
}

export type Faults = Partial<Record<keyof Properties, string>>;

/** faults says what is wrong with each property. A key store that there is may keep its credential: then both fields are empty. */
export function faults(p: Properties, keepsCredential = false): Faults {
  const keeps = keepsCredential && p.accessKeyId === '' && p.secret === '';
  const vpc = p.connectivity === 'VPC_ENDPOINT_SERVICE';
  const all: Faults = {
    name: checkName(p.name),
    serviceName: vpc ? checkServiceName(p.serviceName) : undefined,
    serviceOwner: vpc ? checkOwner(p.serviceOwner) : undefined,
    endpoint: checkEndpoint(p.endpoint === 'https://' ? '' : p.endpoint),
    prefix: checkPrefix(p.prefix),
    accessKeyId: keeps ? undefined : checkAccessKeyId(p.accessKeyId),
    secret: keeps ? undefined : checkSecret(p.secret),
  };
  return Object.fromEntries(Object.entries(all).filter(([, wrong]) => wrong)) as Faults;
}

const credentialOf = (p: Properties) => ({ AccessKeyId: p.accessKeyId, RawSecretAccessKey: p.secret });

export function createInput(p: Properties): CreateCustomKeyStoreCommandInput {
  const vpc = p.connectivity === 'VPC_ENDPOINT_SERVICE';
  return {
    CustomKeyStoreName: p.name,
    CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
    XksProxyConnectivity: p.connectivity,
    XksProxyUriEndpoint: p.endpoint,
    XksProxyUriPath: p.prefix + pathEnd,
    XksProxyVpcEndpointServiceName: vpc ? p.serviceName : undefined,
    XksProxyVpcEndpointServiceOwner: vpc && p.serviceOwner ? p.serviceOwner : undefined,
    XksProxyAuthenticationCredential: credentialOf(p),
  };
}

/** updateInput is what has changed, or nothing. To change the connectivity, KMS wants the endpoint too. */
export function updateInput(id: string, before: Properties, p: Properties): UpdateCustomKeyStoreCommandInput | undefined {
  const vpc = p.connectivity === 'VPC_ENDPOINT_SERVICE';
  const other = p.connectivity !== before.connectivity;
  const changes: Omit<UpdateCustomKeyStoreCommandInput, 'CustomKeyStoreId'> = {
    NewCustomKeyStoreName: p.name !== before.name ? p.name : undefined,
    XksProxyConnectivity: other ? p.connectivity : undefined,
    XksProxyUriEndpoint: other || p.endpoint !== before.endpoint ? p.endpoint : undefined,
    XksProxyUriPath: p.prefix !== before.prefix ? p.prefix + pathEnd : undefined,
    XksProxyVpcEndpointServiceName: vpc && (other || p.serviceName !== before.serviceName) ? p.serviceName : undefined,
    XksProxyVpcEndpointServiceOwner: vpc && p.serviceOwner && p.serviceOwner !== before.serviceOwner ? p.serviceOwner : undefined,
    XksProxyAuthenticationCredential: p.accessKeyId || p.secret ? credentialOf(p) : undefined,
  };
  return Object.values(changes).some((c) => c !== undefined) ? { CustomKeyStoreId: id, ...changes } : undefined;
}
