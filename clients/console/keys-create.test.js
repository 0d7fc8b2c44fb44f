// Creating keys by the wizard: each main kind, its policy, what is wrong beside its field.
import assert from "node:assert/strict";

import { accessible, account, go, operator, sees, setup, signIn, test } from "./lib/world.js";

const { page, kms, iam } = await setup();

const next = () => page.getByRole("button", { name: "Next", exact: true }).click();
const finish = () => page.getByRole("button", { name: "Finish", exact: true }).click();
const radio = (name) => page.getByRole("radio", { name, exact: true }).check();
const heading = (name) => page.getByRole("heading", { name }).first().waitFor();
const advanced = () => page.getByRole("button", { name: "Advanced options" }).click();

async function begin() {
  await go(page, "/console/us-east-1/kms/keys/create");
  await heading("Configure key");
}

/** Goes on from the first step to the last with an alias and all else as it is, and returns the key. */
async function complete(alias) {
  await next();
  await page.getByLabel("Alias", { exact: true }).fill(alias);
  await next();
  await heading("Define key administrative permissions");
  await next();
  await heading("Define key usage permissions");
  await next();
  await heading("Edit key policy");
  await next();
  await heading("Review");
  await finish();
  await sees(page, new RegExp(`was created with alias ${alias} `));
  await page.getByRole("heading", { level: 1, name: "Create key" }).waitFor({ state: "hidden" });
  return (await kms("DescribeKey", { KeyId: `alias/${alias}` })).KeyMetadata;
}

const policyOf = async (KeyId) => JSON.parse((await kms("GetKeyPolicy", { KeyId })).Policy);

test("a symmetric key with labels, administrators, users and another account", async () => {
  await operator("account", "create", "111122223333"); // a policy names no account that is not there
  await iam("CreateUser", { UserName: "ada" });
  await iam("CreateUser", { UserName: "ben", Path: "/team/" });
  await signIn(page);
  await go(page, "/console/us-east-1/kms/keys");
  await page.getByRole("button", { name: "Create key" }).first().click();
  await heading("Configure key");
  await accessible(page);
  await next();
  await next();
  await sees(page, "Enter an alias.");
  await page.getByLabel("Alias", { exact: true }).fill("alias/x");
  await sees(page, "Leave out alias/.");
  await page.getByLabel("Alias", { exact: true }).fill("<img src=x onerror=alert(1)>");
  await sees(page, "An alias has letters, numbers");
  await page.getByLabel("Alias", { exact: true }).fill("first");
  await page.getByLabel("Description").fill("<img src=x onerror=alert(1)>");
  await page.getByRole("button", { name: "Add tag" }).click();
  await next();
  await sees(page, "Enter a tag key.");
  await page.getByRole("textbox", { name: "Tag key" }).fill("team");
  await page.getByRole("textbox", { name: "Tag value" }).fill("blue");
  await accessible(page);
  await next();
  await page.getByRole("checkbox", { name: "Select ada" }).check();
  await page.getByLabel("Allow key administrators to delete this key.").uncheck();
  await accessible(page);
  await next();
  await page.getByRole("checkbox", { name: "Select ben" }).check();
  await page.getByRole("button", { name: "Add another AWS account" }).click();
  await page.getByRole("textbox", { name: "AWS account ID" }).fill("12");
  await next();
  await sees(page, "Enter an account ID of 12 digits.");
  await page.getByRole("textbox", { name: "AWS account ID" }).fill("111122223333");
  await next();
  await heading("Edit key policy");
  await accessible(page);
  await next();
  await heading("Review");
  await accessible(page);
  await finish();
  await sees(page, /was created with alias first /);
  const key = (await kms("DescribeKey", { KeyId: "alias/first" })).KeyMetadata;
  assert.equal(key.KeySpec, "SYMMETRIC_DEFAULT");
  assert.equal(key.Description, "<img src=x onerror=alert(1)>");
  assert.deepEqual((await kms("ListResourceTags", { KeyId: key.KeyId })).Tags, [{ TagKey: "team", TagValue: "blue" }]);
  const policy = await policyOf(key.KeyId);
  const ben = `arn:aws:iam::${account}:user/team/ben`;
  assert.equal(policy.Id, "key-consolepolicy-3");
  assert.deepEqual(policy.Statement.map((s) => s.Sid), ["Enable IAM User Permissions", "Allow access for Key Administrators", "Allow use of the key", "Allow attachment of persistent resources"]);
  assert.equal(policy.Statement[1].Principal.AWS, `arn:aws:iam::${account}:user/ada`);
  assert.ok(!policy.Statement[1].Action.includes("kms:ScheduleKeyDeletion"));
  assert.deepEqual(policy.Statement[2].Principal.AWS, [ben, "arn:aws:iam::111122223333:root"]);
  assert.deepEqual(policy.Statement[2].Action, ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]);
  assert.deepEqual(policy.Statement[3].Condition, { Bool: { "kms:GrantIsForAWSResource": "true" } });
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
    await radio(spec);
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

test("a policy that is edited: wrong JSON, unknown elements, lockout", async () => {
  await begin();
  await next();
  await page.getByLabel("Alias", { exact: true }).fill("locked");
  await next();
  await next();
  await next();
  const editor = page.getByLabel("Key policy");
  await editor.fill('{ "Version": }');
  await sees(page, /This is not valid JSON/);
  await next();
  await sees(page, "Correct the JSON.");
  await editor.fill(JSON.stringify({ Version: "2012-10-17", Statement: [], Extra: 1 }));
  await sees(page, '"Extra" is not an element of a policy.');
  await iam("CreateUser", { UserName: "carl" });
  await editor.fill(JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:user/carl` }, Action: "kms:*", Resource: "*" }] }));
  await sees(page, "You may lock yourself out of this key");
  await accessible(page);
  await next();
  await finish();
  await sees(page, "The new key policy will not allow you to update the key policy in the future.");
  await page.getByRole("button", { name: "Edit key policy" }).click();
  await page.getByLabel("Bypass the policy lockout safety check").check();
  await next();
  await finish();
  // Nobody but carl may give it an alias: what was done is said exactly.
  await sees(page, "The key was created, its alias was not");
  await sees(page, "AccessDeniedException");
});

test("an alias that exists already: the key is created, its alias in a second try", async () => {
  await begin();
  await next();
  await page.getByLabel("Alias", { exact: true }).fill("first");
  for (let i = 0; i < 4; i++) await next();
  const before = (await kms("ListKeys")).Keys.length;
  await finish();
  await sees(page, "The key was created, its alias was not");
  await sees(page, "AlreadyExistsException");
  assert.equal((await kms("ListKeys")).Keys.length, before + 1);
  await page.getByRole("button", { name: "Edit alias, description and tags" }).click();
  await page.getByLabel("Alias", { exact: true }).fill("second");
  for (let i = 0; i < 4; i++) await next();
  await finish();
  await sees(page, /was created with alias second /);
  assert.equal((await kms("ListKeys")).Keys.length, before + 1);
});

