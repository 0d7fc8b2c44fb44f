// A password or a secret access key that was just made: shown once, copied, downloaded.
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useIdentity } from '../../app/session';
import { CopyButton } from '../../ui/Copy';
import { download } from '../../ui/download';
import { Fields } from '../../ui/Field';
import { base } from '../../app/region';
import { csv } from '../passwords';

/** Secret shows a secret when asked to. */
export function Secret({ text, name }: { text: string; name: string }) {
  const [shown, setShown] = useState(false);
  return (
    <SpaceBetween size="xs" direction="horizontal" alignItems="center">
      <code style={{ overflowWrap: 'anywhere' }}>{shown ? text : '•'.repeat(12)}</code>
      <CopyButton text={text} name={name} />
      <Button onClick={() => setShown(!shown)} ariaLabel={`${shown ? 'Hide' : 'Show'} ${name}`}>
        {shown ? 'Hide' : 'Show'}
      </Button>
    </SpaceBetween>
  );
}

/** PasswordMade shows how a user signs in. */
export function PasswordMade({ user, password }: { user: string; password: string }) {
  const { account, accountAlias } = useIdentity();
  const url = `${location.origin}${base}/`;
  const of = accountAlias || account;
  return (
    <SpaceBetween size="m">
      <Alert type="info">This is the only time that you can view this password. You can set another one at any time.</Alert>
      <Fields
        columns={1}
        items={[
          { label: 'Console sign-in URL', value: url },
          { label: 'Account', value: of },
          { label: 'User name', value: user },
          { label: 'Console password', value: <Secret text={password} name="password" /> },
        ]}
      />
      <Button
        iconName="download"
        onClick={() => download(`${user}_credentials.csv`, csv(['User name', 'Password', 'Console sign-in URL', 'Account'], [user, password, url, of]), 'text/csv')}
      >
        Download .csv file
      </Button>
    </SpaceBetween>
  );
}
