import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, enteredError, messageLimits, messageTypes, mostPlaintext } from './input.ts';

test('bytes in three formats', () => {
  assert.deepEqual([...bytesOf({ text: 'é', format: 'text' })!], [0xc3, 0xa9]);
  assert.deepEqual([...bytesOf({ text: 'AP8H\n', format: 'base64' })!], [0, 255, 7]);
  assert.deepEqual([...bytesOf({ text: '00:ff 07', format: 'hex' })!], [0, 255, 7]);
  assert.equal(bytesOf({ text: 'A', format: 'base64' }), undefined);
  assert.equal(bytesOf({ text: '0', format: 'hex' }), undefined);
});

test('what is wrong with it', () => {
  assert.match(enteredError({ text: '', format: 'text' }, { what: 'plaintext' })!, /Enter the plaintext/);
  assert.match(enteredError({ text: 'é', format: 'text' }, { what: 'plaintext', most: 1 })!, /at most 1 bytes. It has 2/);
  assert.match(enteredError({ text: 'AA==', format: 'base64' }, { what: 'digest', exactly: 32 })!, /must have 32 bytes. It has 1/);
  assert.equal(enteredError({ text: 'é', format: 'text' }, { what: 'plaintext', most: 2 }), undefined);
});

test('limits of AWS KMS', () => {
  assert.deepEqual([mostPlaintext('RSA_2048', 'RSAES_OAEP_SHA_1'), mostPlaintext('RSA_4096', 'RSAES_OAEP_SHA_256'), mostPlaintext('SYMMETRIC_DEFAULT', 'SYMMETRIC_DEFAULT')], [214, 446, 4096]);
  assert.deepEqual([messageLimits('ECDSA_SHA_384', 'DIGEST').exactly, messageLimits('ED25519_PH_SHA_512', 'DIGEST').exactly], [48, 64]);
  assert.deepEqual(messageTypes('ED25519_PH_SHA_512'), ['DIGEST']);
});
