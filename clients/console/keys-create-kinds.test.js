// Creating keys by the wizard: each main kind.
import assert from "node:assert/strict";

import { createKey } from "./lib/create-key.js";
import { accessible, sees, setup, signIn, test } from "./lib/world.js";

const { page, kms } = await setup();
const { next, begin, complete } = createKey(page, kms);
const advanced = () => page.getByRole("button", { name: "Advanced options" }).click();
const policyOf = async (KeyId) => JSON.parse((await kms("GetKeyPolicy", { KeyId })).Policy);

test("the options of a key are where AWS has them", async () => {
  await signIn(page, undefined, "/console/us-east-1/kms/keys/create");
  for (const name of ["Symmetric", "Asymmetric", "Encrypt and decrypt", "Generate and verify MAC"]) await page.getByRole("radio", { name: new RegExp(`^${name}`) }).waitFor();
  await advanced();
  for (const name of ["KMS - recommended", "External (Import key material)", "AWS CloudHSM key store", "External key store", "Single-Region key", "Multi-Region key"]) await page.getByRole("radio", { name: new RegExp(`^${name.replace(/[()]/g, "\\$&")}`) }).waitFor();
  await accessible(page);
});

for (const { type, usage, spec } of [
  { type: "Symmetric", usage: "Generate and verify MAC", spec: "HMAC_384" },
  { type: "Asymmetric", usage: "Encrypt and decrypt", spec: "RSA_2048" },
  { type: "Asymmetric", usage: "Sign and verify", spec: "ECC_NIST_EDWARDS25519" },
  { type: "Asymmetric", usage: "Sign and verify", spec: "ML_DSA_65" },
  { type: "Asymmetric", usage: "Key agreement", spec: "ECC_NIST_P384" },
  { type: "Asymmetric", usage: "Encapsulate and decapsulate", spec: "ML_KEM_1024" },
]) {
  test(`a key for ${usage.toLowerCase()}: ${spec}`, async () => {
    await begin();
    await page.getByRole("radio", { name: new RegExp(`^${type}`) }).check();
    await page.getByRole("radio", { name: new RegExp(`^${usage}`) }).check();
    await page.getByRole("radio", { name: spec, exact: true }).check();
    const key = await complete(`key-${spec.toLowerCase()}`);
    assert.equal(key.KeySpec, spec);
    assert.deepEqual((await policyOf(key.KeyId)).Statement.map((s) => s.Sid), ["Enable IAM User Permissions"]);
  });
}

test("a multi-Region key", async () => {
  await begin();
  await advanced();
  await page.getByRole("radio", { name: /^Multi-Region key/ }).check();
  const key = await complete("everywhere");
  assert.match(key.KeyId, /^mrk-/);
});

test("a key whose material is imported leads on to the import", async () => {
  await begin();
  await advanced();
  await page.getByRole("radio", { name: /^External \(Import key material\)/ }).check();
  await next();
  await sees(page, "Select the checkbox to go on.");
  await page.getByLabel("I understand the security and durability implications").check();
  const key = await complete("imported");
  assert.equal(key.KeyState, "PendingImport");
  await page.waitForURL(`**/kms/keys/${key.KeyId}/import`);
});

test("a key in a custom key store needs a store", async () => {
  await begin();
  await advanced();
  await page.getByRole("radio", { name: /^External key store/ }).check();
  await next();
  await sees(page, "Choose a custom key store.");
  await sees(page, "Enter the ID of the external key.");
  await page.getByRole("radio", { name: /^Asymmetric/ }).check();
  assert.ok(await page.getByRole("radio", { name: /^External key store/ }).isDisabled());
});
