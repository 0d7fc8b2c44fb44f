// Tries a key: what it does with a text. What is entered and what comes out is held by these
// screens only, and is gone with them.
import type { KeyMetadata } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { isSymmetricEncryption, stateText } from '../describe';
import { Agreement } from './Agreement';
import { DataKey } from './DataKey';
import { Encapsulation } from './Encapsulation';
import { Encryption } from './Encryption';
import { Mac } from './Mac';
import { Signing } from './Signing';

export function TryItTab({ metadata }: { metadata: KeyMetadata }) {
  const [turn, setTurn] = useState(0);
  return (
    <SpaceBetween size="l">
      {metadata.KeyState !== 'Enabled' && <Alert type="warning">The status of this key is {stateText(metadata.KeyState)}. It can’t be used until it is Enabled.</Alert>}
      <Alert type="info" action={<Button onClick={() => setTurn(turn + 1)}>Clear</Button>}>
        Each try is a call of the API with your permissions, and is logged in CloudTrail without its data. What you enter stays in this tab, and is forgotten when you leave it.
      </Alert>
      <Operations key={turn} metadata={metadata} />
    </SpaceBetween>
  );
}

function Operations({ metadata }: { metadata: KeyMetadata }) {
  switch (metadata.KeyUsage as string) {
    case 'ENCRYPT_DECRYPT':
      return (
        <SpaceBetween size="l">
          <Encryption metadata={metadata} />
          {isSymmetricEncryption(metadata) && <DataKey metadata={metadata} />}
        </SpaceBetween>
      );
    case 'SIGN_VERIFY':
      return <Signing metadata={metadata} />;
    case 'GENERATE_VERIFY_MAC':
      return <Mac metadata={metadata} />;
    case 'KEY_AGREEMENT':
      return <Agreement metadata={metadata} />;
    case 'ENCAPSULATE_DECAPSULATE':
      return <Encapsulation metadata={metadata} />;
    default:
      return <Alert type="info">There is nothing to try with a key of this usage.</Alert>;
  }
}
