import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tokenError, wrappedError, wrappingAlgorithms } from './wrapping.ts';

test('algorithms by the key that is imported', () => {
  assert.deepEqual(wrappingAlgorithms('SYMMETRIC_DEFAULT', 'RSA_2048'), ['RSAES_OAEP_SHA_256', 'RSAES_OAEP_SHA_1']);
  assert.equal(wrappingAlgorithms('RSA_4096', 'RSA_4096').includes('RSAES_OAEP_SHA_256'), false);
  assert.equal(wrappingAlgorithms('ECC_NIST_P521', 'RSA_2048').includes('RSAES_OAEP_SHA_256'), false);
  assert.equal(wrappingAlgorithms('ECC_NIST_P521', 'RSA_3072').includes('RSAES_OAEP_SHA_256'), true);
});

test('sizes of files', () => {
  const bytes = (n: number) => new Uint8Array(n).fill(200);
  assert.equal(wrappedError(bytes(512), 'RSAES_OAEP_SHA_256'), undefined);
  assert.match(wrappedError(bytes(32), 'RSAES_OAEP_SHA_256')!, /32 bytes/);
  assert.equal(wrappedError(bytes(512 + 1224), 'RSA_AES_KEY_WRAP_SHA_256'), undefined);
  assert.match(wrappedError(bytes(1191), 'RSA_AES_KEY_WRAP_SHA_256')!, /1191 bytes/);
  assert.match(wrappedError(new Uint8Array(256).fill(65), 'RSAES_OAEP_SHA_256')!, /is text/);
  assert.match(tokenError(new Uint8Array(0), undefined)!, /empty/);
  assert.match(tokenError(bytes(7000), undefined)!, /7000 bytes/);
  assert.match(tokenError(bytes(256), bytes(256))!, /same file/);
});
