import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault, readConfiguration } from './configuration.ts';

const good = { XksProxyUriPath: '/prefix/kms/xks/v1', XksProxyAuthenticationCredential: { AccessKeyId: 'ABCDEFGHIJKLMNOPQRST', RawSecretAccessKey: 'a'.repeat(43) } };

test('a file fills path and credential', () => {
  assert.deepEqual(readConfiguration(`\uFEFF${JSON.stringify(good)}`), { prefix: '/prefix', accessKeyId: 'ABCDEFGHIJKLMNOPQRST', secret: 'a'.repeat(43) });
  assert.equal(readConfiguration(JSON.stringify({ ...good, XksProxyUriPath: '/kms/xks/v1' })).prefix, '');
});

test('a bad file says what is wrong, and nothing that is secret', () => {
  const credential = good.XksProxyAuthenticationCredential;
  const bad: [unknown, RegExp][] = [
    ['', /empty/],
    ['{', /not JSON/],
    ['[]', /not a JSON object/],
    [{ ...good, XksProxyUriPath: undefined }, /no XksProxyUriPath/],
    [{ ...good, XksProxyUriPath: '/prefix' }, /does not end in/],
    [{ ...good, XksProxyUriPath: 'prefix/kms/xks/v1' }, /begins with a slash/],
    [{ ...good, XksProxyAuthenticationCredential: undefined }, /no XksProxyAuthenticationCredential/],
    [{ ...good, XksProxyAuthenticationCredential: 'x' }, /not an object/],
    [{ ...good, XksProxyAuthenticationCredential: { ...credential, AccessKeyId: 'short' } }, /AccessKeyId/],
    [{ ...good, XksProxyAuthenticationCredential: { ...credential, RawSecretAccessKey: 'secret-one' } }, /RawSecretAccessKey/],
    [{ ...good, XksProxyAuthenticationCredential: { ...credential, RawSecretAccessKey: 5 } }, /not a text/],
    ['x'.repeat(70_000), /too large/],
  ];
  for (const [file, want] of bad) {
    const text = typeof file === 'string' ? file : JSON.stringify(file);
    assert.throws(
      () => readConfiguration(text),
      (e: Error) => e instanceof Fault && want.test(e.message) && !e.message.includes('secret-one'),
      text.slice(0, 80),
    );
  }
});
