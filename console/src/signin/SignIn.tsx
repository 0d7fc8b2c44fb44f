// The sign-in: an access key, an IAM user's password, or an OIDC provider.
import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Spinner from '@cloudscape-design/components/spinner';
import Tabs from '@cloudscape-design/components/tabs';
import { useEffect, useState, type FormEvent, type ReactNode } from 'react';
import { useAction, useLoad } from '../app/load';
import { signedIn, useSession, type Session } from '../app/session';
import { ErrorNote } from '../ui/ErrorNote';
import { fromProvider, getSettings, toProvider, withKeys, withPassword } from './api';

// A page that an OIDC provider has come back to goes on at once, and once.
let returned = fromProvider();
returned?.catch(() => undefined); // the page says so, which is not there yet

export function SignIn() {
  const settings = useLoad(getSettings, []);
  const { ended } = useSession();
  const [failed, setFailed] = useState<Error>();
  const [returning, setReturning] = useState(returned !== undefined);
  useEffect(() => {
    returned?.then(signedIn, setFailed).finally(() => setReturning(false));
    returned = undefined;
  }, []);
  useEffect(() => {
    document.title = 'Sign in | Keystead';
  }, []);
  return (
    <main className="sign-in">
      <SpaceBetween size="m">
        <Box textAlign="center">
          <Box variant="h1" fontSize="heading-xl">
            Keystead
          </Box>
          <Box color="text-body-secondary">Key Management Service console</Box>
        </Box>
        {ended && <Alert type="info">{ended}</Alert>}
        <ErrorNote error={failed} />
        <ErrorNote error={settings.error} retry={settings.reload} />
        {returning && (
          <Box textAlign="center">
            <Spinner /> Signing in
          </Box>
        )}
        {settings.data && !returning && <Ways passwords={settings.data.passwords} providers={settings.data.providers} />}
        {settings.data && (
          <Box textAlign="center" variant="small">
            Keystead {settings.data.version}
          </Box>
        )}
      </SpaceBetween>
    </main>
  );
}

function Ways({ passwords, providers }: { passwords: boolean; providers: { name: string; label: string }[] }) {
  const provider = useAction();
  return (
    <SpaceBetween size="m">
      {providers.length > 0 && (
        <Container>
          <SpaceBetween size="s">
            {providers.map((p) => (
              <Button key={p.name} fullWidth loading={provider.busy} onClick={() => provider.run(() => toProvider(p.name))}>
                Sign in with {p.label}
              </Button>
            ))}
            <ErrorNote error={provider.error} />
          </SpaceBetween>
        </Container>
      )}
      {passwords ? (
        <Tabs
          ariaLabel="Ways to sign in"
          variant="container"
          tabs={[
            { id: 'user', label: 'IAM user', content: <PasswordForm /> },
            { id: 'key', label: 'Access key', content: <KeyForm /> },
          ]}
        />
      ) : (
        <Container header={<Header variant="h2">Access key</Header>}>
          <KeyForm />
        </Container>
      )}
    </SpaceBetween>
  );
}

/** Frame is a form with its button; the last error stands above it. */
function Frame({ children, busy, error, onSubmit, label = 'Sign in' }: { children: ReactNode; busy: boolean; error?: Error; onSubmit: () => void; label?: string }) {
  return (
    <form
      noValidate
      onSubmit={(e: FormEvent) => {
        e.preventDefault();
        onSubmit();
      }}
    >
      <Form
        actions={
          <Button variant="primary" formAction="submit" loading={busy}>
            {label}
          </Button>
        }
      >
        <SpaceBetween size="m">
          <ErrorNote error={error} />
          {children}
        </SpaceBetween>
      </Form>
    </form>
  );
}

function KeyForm() {
  const { busy, error, run } = useAction();
  const [id, setId] = useState('');
  const [secret, setSecret] = useState('');
  const [tried, setTried] = useState(false);
  const idError = !id ? 'Enter the access key ID.' : !/^\w{16,128}$/.test(id.trim()) ? 'An access key ID has 16 to 128 letters and digits.' : undefined;
  const submit = async () => {
    setTried(true);
    if (idError || !secret) return;
    let session: Session | undefined;
    if (await run(async () => (session = await withKeys({ accessKeyId: id.trim(), secretAccessKey: secret.trim() })))) signedIn(session!);
  };
  return (
    <Frame busy={busy} error={error} onSubmit={submit}>
      <FormField label="Access key ID" errorText={tried ? idError : undefined}>
        <Input value={id} onChange={(e) => setId(e.detail.value)} autoComplete="username" spellcheck={false} />
      </FormField>
      <FormField label="Secret access key" description="It signs the request and does not leave this page." errorText={tried && !secret ? 'Enter the secret access key.' : undefined}>
        <Input value={secret} type="password" onChange={(e) => setSecret(e.detail.value)} autoComplete="off" />
      </FormField>
    </Frame>
  );
}

function PasswordForm() {
  const { busy, error, run } = useAction();
  const [account, setAccount] = useState('');
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [change, setChange] = useState(false);
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const [tried, setTried] = useState(false);
  const nextError = !next ? 'Enter a new password.' : next === password ? 'The new password must differ from the old one.' : undefined;
  const againError = next !== again ? 'The passwords differ.' : undefined;
  const submit = async () => {
    setTried(true);
    if (!account || !user || !password || (change && (nextError || againError))) return;
    let session: Session | undefined;
    const ok = await run(async () => {
      try {
        session = await withPassword(account.trim(), user.trim(), password, change ? next : undefined);
      } catch (e) {
        if ((e as Error).name !== 'PasswordChangeRequired') throw e;
        setChange(true);
        setTried(false);
      }
    });
    if (ok && session) signedIn(session);
  };
  return (
    <Frame busy={busy} error={error} onSubmit={submit} label={change ? 'Confirm password change' : 'Sign in'}>
      {change && <Alert type="info">You must change your password to continue.</Alert>}
      <FormField label="Account ID or alias" errorText={tried && !account ? 'Enter the account ID (12 digits) or its alias.' : undefined}>
        <Input value={account} disabled={change} onChange={(e) => setAccount(e.detail.value)} autoComplete="organization" spellcheck={false} />
      </FormField>
      <FormField label="User name" errorText={tried && !user ? 'Enter the user name.' : undefined}>
        <Input value={user} disabled={change} onChange={(e) => setUser(e.detail.value)} autoComplete="username" spellcheck={false} />
      </FormField>
      <FormField label={change ? 'Old password' : 'Password'} errorText={tried && !password ? 'Enter the password.' : undefined}>
        <Input value={password} type="password" disabled={change} onChange={(e) => setPassword(e.detail.value)} autoComplete="current-password" />
      </FormField>
      {change && (
        <>
          <FormField label="New password" errorText={tried ? nextError : undefined}>
            <Input value={next} type="password" onChange={(e) => setNext(e.detail.value)} autoComplete="new-password" />
          </FormField>
          <FormField label="Retype new password" errorText={tried ? againError : undefined}>
            <Input value={again} type="password" onChange={(e) => setAgain(e.detail.value)} autoComplete="new-password" />
          </FormField>
        </>
      )}
    </Frame>
  );
}
