// The session: who is signed in, with credentials that live in this module's memory and nowhere
// else. A page that is loaded again asks for a sign-in again.
import { useSyncExternalStore } from 'react';
import { now } from './clock';

/** Session is what a sign-in returns. */
export interface Session {
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken: string; expiration: Date };
  account: string;
  accountAlias: string;
  arn: string;
  name: string;
  type: 'Root' | 'User' | 'Role';
  /** until is when renewing ends. */
  until: Date;
}

interface State {
  session?: Session;
  /** ended says why the session of before has ended, while its screens wait behind the sign-in. */
  ended?: string;
  /** generation counts sign-ins: clients of an older one are not used again. */
  generation: number;
  /** visit counts sign-ins by somebody else than before: their screens begin anew. */
  visit: number;
}

let state: State = { generation: 0, visit: 0 };
const listeners = new Set<() => void>();

function set(next: State) {
  state = next;
  for (const l of listeners) l();
}

export function useSession(): State {
  return useSyncExternalStore(
    (l) => (listeners.add(l), () => listeners.delete(l)),
    () => state,
  );
}

/** useIdentity is the session of a screen, which is shown only to somebody who has one. */
export function useIdentity(): Session {
  const { session } = useSession();
  if (!session) throw new Error('nobody is signed in');
  return session;
}

export const currentState = () => state;

/** signedIn begins a session. The screens of before go on if it is the same person's. */
export function signedIn(session: Session) {
  const same = state.session?.arn === session.arn && state.session.account === session.account;
  set({ session, generation: state.generation + 1, visit: same ? state.visit : state.visit + 1 });
}

export function signOut() {
  set({ generation: state.generation + 1, visit: state.visit + 1 });
}

/** expire returns to the sign-in and keeps the screens behind it. */
export function expire(why: string) {
  if (state.session && !state.ended) set({ ...state, ended: why });
}

let renewing: Promise<Session> | undefined;
type Renew = (s: Session) => Promise<Session>;
let renew: Renew | undefined;

/** setRenew says how credentials are renewed; package signin does. */
export function setRenew(f: Renew) {
  renew = f;
}

const margin = 10 * 60 * 1000;

/** credentials are those to sign with: renewed in time, as long as the session may last. */
export async function credentials(generation: number): Promise<Session['credentials']> {
  const s = state.session;
  if (!s || state.generation !== generation) throw new Error('The session has ended.');
  const left = s.credentials.expiration.getTime() - now().getTime();
  if (left > margin || !renew || s.until.getTime() <= s.credentials.expiration.getTime()) return s.credentials;
  renewing ??= renew(s).finally(() => (renewing = undefined));
  try {
    const next = await renewing;
    if (state.session === s) set({ ...state, session: next });
    return next.credentials;
  } catch {
    return s.credentials; // the next call tells what is wrong
  }
}
