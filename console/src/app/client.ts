// SDK clients of this origin, with the session's credentials. Every call that goes through them
// is noted for "Show command"; one that says that the session is over returns to the sign-in.
import { useMemo } from 'react';
import { base, useRegion } from './region';
import { noteCall } from './calls';
import { credentials, currentState, expire, useSession } from './session';

/** ended are the codes that say that credentials are no longer taken. */
const ended = new Set(['ExpiredToken', 'ExpiredTokenException', 'InvalidClientTokenId', 'UnrecognizedClientException']);

/** watch returns to the sign-in if the error says that the session, of that sign-in, is over. */
export function watch(error: unknown, generation: number) {
  const name = (error as { name?: string } | undefined)?.name ?? '';
  if (ended.has(name) && currentState().generation === generation) {
    expire(name.startsWith('Expired') ? 'Your session has expired. Sign in again to go on where you were.' : 'Your session has ended. Sign in again to go on where you were.');
  }
}

// The SDK's middleware is typed for each client; what is used of it here is the same for all.
interface Context {
  commandName?: string;
  clientName?: string;
}
type Handler = (args: { input: Record<string, unknown> }) => Promise<{ output: { $metadata?: { requestId?: string } } }>;
interface Client {
  middlewareStack: { add(middleware: (next: Handler, context: Context) => Handler, options: { step: 'initialize'; name: string }): void };
}

const made = new Map<unknown, Map<string, unknown>>();
let madeFor = -1;

/** clientFor returns a client of a Region; the same one for the same session. */
export function clientFor<C>(Class: new (config: never) => C, region: string, generation: number): C {
  if (madeFor !== generation) {
    made.clear();
    madeFor = generation;
  }
  const ofClass = made.get(Class) ?? new Map<string, unknown>();
  made.set(Class, ofClass);
  let client = ofClass.get(region) as C | undefined;
  if (!client) {
    const config = { region, endpoint: location.origin, credentials: () => credentials(generation), maxAttempts: 3 };
    client = new Class(config as never);
    observe(client as unknown as Client, Class.name, region, generation);
    ofClass.set(region, client);
  }
  return client;
}

function observe(client: Client, className: string, region: string, generation: number) {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const call = {
        service: (context.clientName ?? className).replace(/Client$/, ''),
        operation: (context.commandName ?? '').replace(/Command$/, ''),
        input: args.input,
        region,
        at: new Date(),
      };
      try {
        const result = await next(args);
        noteCall({ ...call, requestId: result.output.$metadata?.requestId });
        return result;
      } catch (error) {
        const e = error as { name?: string; $metadata?: { requestId?: string } };
        if (e.name !== 'AbortError') noteCall({ ...call, requestId: e.$metadata?.requestId, error: e.name });
        watch(error, generation);
        throw error;
      }
    },
    { step: 'initialize', name: 'console' },
  );
}

/** useClient is a client of the screen's Region, or of another one if it is named. */
export function useClient<C>(Class: new (config: never) => C, region?: string): C {
  const own = useRegion();
  const { generation } = useSession();
  const of = region ?? own;
  return useMemo(() => clientFor(Class, of, generation), [Class, of, generation]);
}

/** address is the whole address of a screen, to be copied. */
export const address = (region: string, path: string) => `${location.origin}${base}/${region}${path}`;
