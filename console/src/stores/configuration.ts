// The proxy configuration file: what a proxy's administrator hands over, so that nobody has to
// type path and credential. It is read in the browser and goes nowhere as a file.
//
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/create-xks-keystore.html#proxy-configuration-file
import { checkAccessKeyId, checkPrefix, checkSecret, pathEnd } from './fields.ts';

export interface Configuration {
  /** the path before /kms/xks/v1 */
  prefix: string;
  accessKeyId: string;
  secret: string;
}

/** Fault says what is wrong with a file. It never quotes what the file has: that is secret. */
export class Fault extends Error {}

/** the size of a file that can't be one */
const most = 64 * 1024;

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === 'object' && v !== null && !Array.isArray(v);

function text(o: Record<string, unknown>, name: string, within = ''): string {
  const v = o[name];
  const whole = within ? `${within}.${name}` : name;
  if (v === undefined) throw new Fault(`The file has no ${whole}.`);
  if (typeof v !== 'string') throw new Fault(`${whole} is not a text.`);
  return v;
}

function check(name: string, wrong: string | undefined) {
  if (wrong) throw new Fault(`${name}: ${wrong}`);
}

/** readConfiguration reads the text of a proxy configuration file, or throws a Fault. */
export function readConfiguration(file: string): Configuration {
  if (file.length > most) throw new Fault('The file is too large to be a proxy configuration file.');
  if (file.trim() === '') throw new Fault('The file is empty.');
  let all: unknown;
  try {
    all = JSON.parse(file.replace(/^\uFEFF/, ''));
  } catch {
    throw new Fault('The file is not JSON.');
  }
  if (!isObject(all)) throw new Fault('The file is not a JSON object.');
  const path = text(all, 'XksProxyUriPath');
  const credential = all.XksProxyAuthenticationCredential;
  if (credential === undefined) throw new Fault('The file has no XksProxyAuthenticationCredential.');
  if (!isObject(credential)) throw new Fault('XksProxyAuthenticationCredential is not an object.');
  const accessKeyId = text(credential, 'AccessKeyId', 'XksProxyAuthenticationCredential');
  const secret = text(credential, 'RawSecretAccessKey', 'XksProxyAuthenticationCredential');
  if (!path.endsWith(pathEnd)) throw new Fault(`XksProxyUriPath does not end in ${pathEnd}.`);
  const prefix = path.slice(0, -pathEnd.length);
  check('XksProxyUriPath', checkPrefix(prefix));
  check('AccessKeyId', checkAccessKeyId(accessKeyId));
  check('RawSecretAccessKey', checkSecret(secret));
  return { prefix, accessKeyId, secret };
}
