// The sign-in of the server: credentials for a session in exchange for proof of who one is.
// docs/console.md describes the endpoints.
import { setOffset } from '../app/clock';
import { setRenew, type Session } from '../app/session';
import { answer, post, type Keys } from '../app/signed';

export interface Settings {
  version: string;
  defaultRegion: string;
  regions: string[];
  passwords: boolean;
  providers: { name: string; label: string }[];
  clockOffsetSeconds?: number;
}

let settings: Promise<Settings> | undefined;

/** getSettings reads what the server says of itself, once. */
export function getSettings(): Promise<Settings> {
  settings ??= fetch('/signin/settings')
    .then(answer)
    .then((s) => {
      setOffset((s as Settings).clockOffsetSeconds);
      return s as Settings;
    });
  settings.catch(() => (settings = undefined));
  return settings;
}

interface Answer extends Omit<Session, 'credentials' | 'until'> {
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string; expiration: string };
  until: string;
}

function session(a: unknown): Session {
  const s = a as Answer;
  return { ...s, credentials: { ...s.credentials, expiration: new Date(s.credentials.expiration) }, until: new Date(s.until) };
}

async function signed(path: string, keys: Keys) {
  const { defaultRegion } = await getSettings();
  return session((await post(path, {}, { service: 'signin', region: defaultRegion, keys })).answer);
}

/** withKeys signs in with an access key; its secret signs the request and is not sent. */
export const withKeys = (keys: Keys) => signed('/signin/session', keys);

/** withPassword signs an IAM user in. A new password is given where the old one must be changed. */
export async function withPassword(account: string, userName: string, password: string, newPassword?: string) {
  return session((await post('/signin/password', { account, userName, password, newPassword })).answer);
}

setRenew((s) => signed('/signin/renew', s.credentials));

const waiting = 'keystead.sign-in';

interface Waiting {
  provider: string;
  state: string;
  nonce: string;
  verifier: string;
  /** where to go on afterwards */
  path: string;
}

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const base64url = (b: Uint8Array) => btoa(String.fromCharCode(...b)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

const redirectUri = () => `${location.origin}/console/`;

/** toProvider leaves for the sign-in of an OIDC provider (authorization code with PKCE, RFC 7636). */
export async function toProvider(provider: string) {
  const at = (await fetch(`/signin/oidc/${encodeURIComponent(provider)}`).then(answer)) as { authorizationEndpoint: string; clientId: string; scopes: string[] };
  const w: Waiting = { provider, state: random(), nonce: random(), verifier: random(), path: location.pathname + location.search };
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(w.verifier)));
  sessionStorage.setItem(waiting, JSON.stringify(w));
  const url = new URL(at.authorizationEndpoint);
  if (!/^https?:$/.test(url.protocol)) throw new Error('The provider’s sign-in page has an address that is not of the web.');
  const wanted = {
    response_type: 'code',
    client_id: at.clientId,
    redirect_uri: redirectUri(),
    scope: at.scopes.join(' '),
    state: w.state,
    nonce: w.nonce,
    code_challenge: base64url(digest),
    code_challenge_method: 'S256',
  };
  for (const [k, v] of Object.entries(wanted)) url.searchParams.set(k, v);
  location.assign(url);
}

/** fromProvider goes on after a provider's sign-in, if this page was opened by one. */
export function fromProvider(): Promise<Session> | undefined {
  const query = new URLSearchParams(location.search);
  const state = query.get('state');
  const kept = sessionStorage.getItem(waiting);
  if (!state || !kept || !(query.has('code') || query.has('error'))) return undefined;
  sessionStorage.removeItem(waiting);
  const w = JSON.parse(kept) as Waiting;
  history.replaceState(null, '', w.path);
  if (w.state !== state) return Promise.reject(new Error('This sign-in was not begun in this window. Try again.'));
  const refused = query.get('error');
  if (refused) return Promise.reject(new Error(`The provider did not sign you in: ${query.get('error_description') ?? refused}`));
  return post(`/signin/oidc/${encodeURIComponent(w.provider)}`, { code: query.get('code'), codeVerifier: w.verifier, nonce: w.nonce, redirectUri: redirectUri() }).then((r) => session(r.answer));
}
