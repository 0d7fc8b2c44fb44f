// What the two types of key stores are called, and where their screens are.

export type StoreType = 'AWS_CLOUDHSM' | 'EXTERNAL_KEY_STORE';

interface Words {
  title: string;
  one: string;
  many: string;
  list: string;
  about: string;
}

export const words: Record<StoreType, Words> = {
  AWS_CLOUDHSM: {
    title: 'AWS CloudHSM key stores',
    one: 'AWS CloudHSM key store',
    many: 'AWS CloudHSM key stores',
    list: '/kms/cloudhsm-stores',
    about: 'The key material of KMS keys in an AWS CloudHSM key store is generated in a cluster of HSMs and never leaves it.',
  },
  EXTERNAL_KEY_STORE: {
    title: 'External key stores',
    one: 'external key store',
    many: 'external key stores',
    list: '/kms/external-stores',
    about: 'KMS keys in an external key store are backed by keys in a key manager outside, which KMS reaches through an external key store proxy.',
  },
};

export const storePath = (type: StoreType, id: string) => `${words[type].list}/${id}`;

export const stateWords: Record<string, string> = {
  CONNECTED: 'Connected',
  CONNECTING: 'Connecting',
  DISCONNECTED: 'Disconnected',
  DISCONNECTING: 'Disconnecting',
  FAILED: 'Failed',
};

export const connectivityWords: Record<string, string> = { PUBLIC_ENDPOINT: 'Public endpoint', VPC_ENDPOINT_SERVICE: 'VPC endpoint service' };
