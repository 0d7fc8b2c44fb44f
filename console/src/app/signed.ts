// Calls that the AWS SDK's clients do not make: requests with a body of JSON, signed here.
import { Sha256 } from '@aws-crypto/sha256-browser';
import { SignatureV4 } from '@smithy/signature-v4';

export interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** ServiceError is an error that the service answered with, in the SDK's shape. */
export class ServiceError extends Error {
  $metadata: { httpStatusCode: number; requestId?: string };
  retryAfter?: number;

  constructor(name: string, message: string, status: number, requestId?: string) {
    super(message);
    this.name = name;
    this.$metadata = { httpStatusCode: status, requestId };
  }
}

/** post sends a body of JSON, signed if there are keys. */
export async function post(path: string, body: unknown, signing?: { service: string; region: string; keys: Keys }, headers: Record<string, string> = {}) {
  const request = {
    method: 'POST',
    protocol: location.protocol,
    hostname: location.hostname,
    port: location.port ? Number(location.port) : undefined,
    path,
    query: {},
    headers: { host: location.host, 'content-type': 'application/json', ...headers } as Record<string, string>,
    body: JSON.stringify(body),
  };
  let sent = request.headers;
  if (signing) {
    const signer = new SignatureV4({ service: signing.service, region: signing.region, credentials: signing.keys, sha256: Sha256 });
    sent = (await signer.sign(request)).headers;
  }
  const { host: _, ...rest } = sent;
  const res = await fetch(path, { method: 'POST', headers: rest, body: request.body, redirect: 'error' });
  return { answer: await answer(res), requestId: res.headers.get('x-amzn-requestid') ?? undefined };
}

/** answer is the body of an answer; that of an error is thrown. */
export async function answer(res: Response): Promise<unknown> {
  const text = await res.text();
  let body: { __type?: string; message?: string; Message?: string } = {};
  try {
    body = text ? JSON.parse(text) : {};
  } catch {
    if (res.ok) throw new ServiceError('InvalidResponse', 'The server answered with something that is not JSON.', res.status);
  }
  if (res.ok) return body;
  const name = (body.__type ?? `HTTP ${res.status}`).replace(/^.*#/, '');
  const error = new ServiceError(name, body.message ?? body.Message ?? res.statusText, res.status, res.headers.get('x-amzn-requestid') ?? undefined);
  error.retryAfter = Number(res.headers.get('retry-after')) || undefined;
  throw error;
}
