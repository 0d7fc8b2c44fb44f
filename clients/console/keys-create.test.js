// Creating keys by the wizard: labels, permissions, the policy, what is wrong beside its field.
import assert from "node:assert/strict";

import { createKey } from "./lib/create-key.js";
import { accessible, account, go, operator, sees, setup, signIn, test } from "./lib/world.js";

const { page, kms, iam } = await setup();

const { next, finish, heading, begin } = createKey(page, kms);
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
  await page.getByRole("textbox", { name: "Alias", exact: true }).fill("alias/x");
  await sees(page, "Leave out alias/.");
  await page.getByRole("textbox", { name: "Alias", exact: true }).fill("<img src=x onerror=alert(1)>");
  await sees(page, "An alias has letters, numbers");
  await page.getByRole("textbox", { name: "Alias", exact: true }).fill("first");
  await page.getByRole("textbox", { name: "Description" }).fill("<img src=x onerror=alert(1)>");
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

test("a policy that is edited: wrong JSON, unknown elements, lockout", async () => {
  await begin();
  await next();
  await page.getByRole("textbox", { name: "Alias", exact: true }).fill("locked");
  await next();
  await next();
  await next();
  const editor = page.getByRole("textbox", { name: "Key policy" });
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
  await page.getByRole("button", { name: "Edit key policy", exact: true }).click();
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
  await page.getByRole("textbox", { name: "Alias", exact: true }).fill("first");
  for (let i = 0; i < 4; i++) await next();
  const before = (await kms("ListKeys")).Keys.length;
  await finish();
  await sees(page, "The key was created, its alias was not");
  await sees(page, "AlreadyExistsException");
  assert.equal((await kms("ListKeys")).Keys.length, before + 1);
  await page.getByRole("button", { name: "Edit alias, description and tags" }).click();
  await page.getByRole("textbox", { name: "Alias", exact: true }).fill("second");
  for (let i = 0; i < 4; i++) await next();
  await finish();
  await sees(page, /was created with alias second /);
  assert.equal((await kms("ListKeys")).Keys.length, before + 1);
});
