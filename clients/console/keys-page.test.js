// The screen of a key: what it shows of each kind of key, and each change that is made on it.
import assert from "node:assert/strict";

import { accessible, account, eventually, go, sees, setup, signIn, test } from "./lib/world.js";

const { page, kms, iam, organizations } = await setup();
const hostile = "<img src=x onerror=alert(1)>";
const arn = (name) => `arn:aws:iam::${account}:${name}`;
const root = { Sid: "Enable IAM User Permissions", Effect: "Allow", Principal: { AWS: arn("root") }, Action: "kms:*", Resource: "*" };
const made = JSON.stringify({ Version: "2012-10-17", Id: "key-consolepolicy-3", Statement: [root] });
const create = async (input = {}) => (await kms("CreateKey", input)).KeyMetadata.KeyId;
const key = await create({ Policy: made, Description: hostile });
const other = await create();
for (const name of ["alice", "bob"]) await iam("CreateUser", { UserName: name });
const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { AWS: arn("root") }, Action: "sts:AssumeRole" }] };
await iam("CreateRole", { RoleName: "alice", AssumeRolePolicyDocument: JSON.stringify(trust) });

const address = (id, tab, list = "keys") => `/console/us-east-1/kms/${list}/${id}?tab=${tab}`;
const dialog = page.getByRole("dialog");
const button = (name) => page.getByRole("button", { name, exact: true });
const inDialog = (name) => dialog.getByRole("button", { name, exact: true });
const metadata = async () => (await kms("DescribeKey", { KeyId: key })).KeyMetadata;
const policy = async () => JSON.parse((await kms("GetKeyPolicy", { KeyId: key })).Policy);
const statement = async (sid) => (await policy()).Statement.find((s) => s.Sid === sid);
const aliases = async (KeyId = key) => (await kms("ListAliases", { KeyId })).Aliases.map((a) => a.AliasName);
const tags = async () => Object.fromEntries((await kms("ListResourceTags", { KeyId: key })).Tags.map((t) => [t.TagKey, t.TagValue]));
const rotation = () => kms("GetKeyRotationStatus", { KeyId: key });
const rotations = async () => (await kms("ListKeyRotations", { KeyId: key })).Rotations;
const tabs = async () => page.getByRole("tablist", { name: "Sections of the key" }).getByRole("tab").allTextContents();
const open = async (name) => page.getByRole("tab", { name, exact: true }).click();
const action = async (name) => {
  await button("Key actions").click();
  await page.getByRole("menuitem", { name, exact: true }).click();
};
const closed = () => dialog.waitFor({ state: "hidden" });

test("a key shows its general configuration, hostile words as words", async () => {
  await signIn(page, undefined, `/console/us-east-1/kms/keys/${key}`);
  await page.getByRole("heading", { name: key, level: 1 }).waitFor();
  await sees(page, hostile);
  await sees(page, /^Not used since/);
  assert.deepEqual(await tabs(), ["Key policy", "Cryptographic configuration", "Tags", "Key rotation", "Aliases", "Grants", "Try it"]);
  await accessible(page);
});

test("the description is edited", async () => {
  await button("Edit description").click();
  await dialog.getByRole("textbox", { name: "Description" }).fill("x".repeat(8193));
  await sees(page, "A description has at most 8192 characters.");
  assert.ok(await inDialog("Save changes").isDisabled());
  await dialog.getByRole("textbox", { name: "Description" }).fill("For <b>letters</b>");
  await inDialog("Save changes").click();
  await sees(page, `The description of key ${key} was saved`);
  await sees(page, "For <b>letters</b>");
  assert.equal((await metadata()).Description, "For <b>letters</b>");
});

test("administrators are added and removed, a user apart from a role of the same name", async () => {
  await button("Add key administrators").click();
  const rows = dialog.getByRole("row", { name: "alice" });
  await rows.filter({ hasText: "Role" }).getByRole("checkbox").check();
  await dialog.getByRole("checkbox", { name: "Select bob" }).check();
  assert.equal(await rows.filter({ hasText: "User" }).getByRole("checkbox").isChecked(), false);
  await accessible(page);
  await inDialog("Add").click();
  await closed();
  const admin = await statement("Allow access for Key Administrators");
  assert.deepEqual([...admin.Principal.AWS].sort(), [arn("role/alice"), arn("user/bob")]);
  const table = page.getByRole("grid", { name: "Key administrators" });
  await table.getByRole("checkbox", { name: "Select bob" }).check();
  await button("Remove key administrators").click();
  await inDialog("Remove").click();
  await closed();
  assert.equal((await statement("Allow access for Key Administrators")).Principal.AWS, arn("role/alice"));
});

test("administrators are allowed to delete the key", async () => {
  const box = page.getByRole("checkbox", { name: "Allow key administrators to delete this key." });
  await eventually("the key has administrators", () => box.isEnabled());
  const was = await box.isChecked();
  await box.click();
  await eventually("deletion is allowed or not", async () => (await statement("Allow access for Key Administrators")).Action.includes("kms:ScheduleKeyDeletion") === !was);
});

test("users and other accounts are added and removed", async () => {
  const { CreateAccountStatus: asked } = await organizations("CreateAccount", { AccountName: "partner", Email: "partner@kms.example" });
  const partner = await eventually("the account is there", async () => (await organizations("DescribeCreateAccountStatus", { CreateAccountRequestId: asked.Id })).CreateAccountStatus.AccountId);
  await button("Add key users").click();
  await dialog.getByRole("checkbox", { name: "Select bob" }).check();
  await inDialog("Add").click();
  await closed();
  await button("Edit other AWS accounts").click();
  await inDialog("Add another AWS account").click();
  const id = dialog.getByRole("textbox", { name: "AWS account ID" });
  await id.fill("1234");
  await inDialog("Save changes").click();
  await sees(page, "Enter an account ID of 12 digits.");
  await id.fill(partner);
  await accessible(page);
  await inDialog("Save changes").click();
  await closed();
  const both = [arn("user/bob"), `arn:aws:iam::${partner}:root`];
  assert.deepEqual([(await statement("Allow use of the key")).Principal.AWS, (await statement("Allow attachment of persistent resources")).Principal.AWS], [both, both]);
  await page.getByRole("grid", { name: "Key users" }).getByRole("checkbox", { name: "Select bob" }).check();
  await button("Remove key users").click();
  await inDialog("Remove").click();
  await closed();
  await button("Edit other AWS accounts").click();
  await inDialog(`Remove account ${partner}`).click();
  await inDialog("Save changes").click();
  await closed();
  assert.equal(await statement("Allow use of the key"), undefined);
});

test("the policy view says where a policy is wrong", async () => {
  await button("Switch to policy view").click();
  await sees(page, '"kms:*"');
  await button("Edit").last().click();
  const text = page.getByRole("textbox", { name: "Key policy" });
  await text.fill('{\n  "Version": "2012-10-17",\n  "Statement": [,]\n}');
  await sees(page, /This is not valid JSON\. Line 3, column/);
  assert.ok(await button("Save changes").isDisabled());
  await text.fill(JSON.stringify({ Version: "2012-10-17", Statement: [{ ...root, Effects: "Allow" }] }, null, 2));
  await sees(page, '"Effects" is not an element of a statement.');
  assert.ok(await button("Save changes").isDisabled());
  await accessible(page);
});

test("a policy that locks out is saved only if the check is bypassed", async () => {
  const before = await policy();
  // All but the change of the policy stays allowed: the tests that follow need it.
  const { Action: _, ...others } = { ...root, Sid: hostile, NotAction: "kms:PutKeyPolicy" };
  await page.getByRole("textbox", { name: "Key policy" }).fill(JSON.stringify({ Version: "2012-10-17", Statement: [others] }));
  await sees(page, "You may lock yourself out of this key");
  await button("Save changes").click();
  await sees(page, "MalformedPolicyDocumentException");
  assert.deepEqual(await policy(), before);
  await page.getByRole("checkbox", { name: /^Bypass the policy lockout safety check/ }).check();
  await accessible(page);
  await button("Save changes").click();
  await sees(page, `The policy of key ${key} was saved`);
  await sees(page, hostile);
  assert.deepEqual((await policy()).Statement, [others]);
  assert.equal(await button("Switch to default view").count(), 0);
  await accessible(page);
});

test("the cryptographic configuration is shown", async () => {
  await open("Cryptographic configuration");
  for (const word of ["SYMMETRIC_DEFAULT", "Encrypt and decrypt", "AWS KMS", (await metadata()).CurrentKeyMaterialId].filter(Boolean)) await sees(page, word);
  await accessible(page);
});

test("tags are added, changed and removed", async () => {
  await open("Tags");
  await sees(page, "Tags categorize keys");
  await accessible(page);
  await button("Add tags").click();
  await inDialog("Add tag").click();
  await dialog.getByRole("textbox", { name: "Tag key" }).fill(hostile);
  await sees(page, "A tag key has letters, numbers, spaces");
  await dialog.getByRole("textbox", { name: "Tag key" }).fill("Team");
  await dialog.getByRole("textbox", { name: "Tag value - optional" }).fill("Blue");
  await inDialog("Add tag").click();
  await dialog.getByRole("textbox", { name: "Tag key" }).nth(1).fill("Cost");
  await inDialog("Save changes").click();
  await closed();
  assert.deepEqual(await tags(), { Team: "Blue", Cost: "" });
  await page.getByRole("gridcell", { name: "Blue" }).waitFor();
  await action("Add or edit tags");
  await dialog.getByRole("button", { name: "Remove tag Cost" }).click();
  await dialog.getByRole("textbox", { name: "Tag value - optional" }).fill("Green");
  await inDialog("Save changes").click();
  await closed();
  await page.getByRole("gridcell", { name: "Green" }).waitFor();
  assert.deepEqual(await tags(), { Team: "Green" });
});

test("automatic rotation is enabled with a period", async () => {
  await open("Key rotation");
  await button("Edit automatic key rotation").click();
  await dialog.getByRole("radio", { name: "Enable" }).check();
  const days = dialog.getByRole("spinbutton", { name: "Rotation period (in days)" });
  await days.fill("89");
  await sees(page, "Enter a whole number of days from 90 to 2560.");
  assert.ok(await inDialog("Save").isDisabled());
  await days.fill("180");
  await accessible(page);
  await inDialog("Save").click();
  await sees(page, `Key ${key} is rotated every 180 days`);
  const { KeyRotationEnabled, RotationPeriodInDays } = await rotation();
  assert.deepEqual([KeyRotationEnabled, RotationPeriodInDays], [true, 180]);
});

test("the key is rotated now, and its history shows it", async () => {
  await button("Rotate now").click();
  await inDialog("Rotate key").click();
  await closed();
  await eventually("the key was rotated", async () => (await rotations()).length === 1);
  await button("Refresh rotations").click();
  const table = page.getByRole("grid", { name: "Key rotation history" });
  await table.getByText("On-demand", { exact: true }).waitFor();
  await sees(page, "1 of 25");
  await accessible(page);
});

test("automatic rotation is disabled", async () => {
  await button("Edit automatic key rotation").click();
  await dialog.getByRole("radio", { name: "Disable" }).check();
  await inDialog("Save").click();
  await sees(page, `Automatic rotation of key ${key} is disabled`);
  assert.equal((await rotation()).KeyRotationEnabled, false);
});

test("aliases are created, moved here and deleted", async () => {
  await kms("CreateAlias", { AliasName: "alias/moved", TargetKeyId: other });
  await open("Aliases");
  await accessible(page);
  await button("Create alias").click();
  const name = dialog.getByRole("textbox", { name: "Alias" });
  await name.fill(hostile);
  await sees(page, "An alias has letters, numbers");
  assert.ok(await inDialog("Create alias").isDisabled());
  await name.fill("letters");
  await inDialog("Create alias").click();
  await closed();
  assert.deepEqual(await aliases(), ["alias/letters"]);
  await button("Move an alias to this key").click();
  await name.fill("nobodys");
  await sees(page, "Alias arn:aws:kms:us-east-1:000000000000:alias/nobodys is not found.");
  await name.fill("moved");
  await sees(page, `It points at key ${other} now`);
  await inDialog("Move alias").click();
  await closed();
  assert.deepEqual([(await aliases()).sort(), await aliases(other)], [["alias/letters", "alias/moved"], []]);
  await page.getByRole("checkbox", { name: "Select alias/letters" }).check();
  await button("Delete").click();
  await dialog.getByRole("textbox", { name: /^To confirm, type delete/ }).fill("delete");
  await accessible(page);
  await inDialog("Delete").click();
  await closed();
  assert.deepEqual(await aliases(), ["alias/moved"]);
});

test("the key is disabled and enabled by the key actions", async () => {
  await action("Disable");
  await inDialog("Disable").click();
  await sees(page, `Key ${key} was disabled`);
  assert.equal((await metadata()).KeyState, "Disabled");
  await sees(page, "Disabled");
  await action("Enable");
  await inDialog("Enable").click();
  await sees(page, `Key ${key} was enabled`);
  assert.equal((await metadata()).KeyState, "Enabled");
});

test("the last use of the key is shown", async () => {
  await kms("Encrypt", { KeyId: key, Plaintext: Buffer.from("x") });
  const last = (await eventually("the use is known", async () => (await kms("GetKeyLastUsage", { KeyId: key })).KeyLastUsage?.Timestamp && kms("GetKeyLastUsage", { KeyId: key }))).KeyLastUsage;
  assert.equal(last.Operation, "Encrypt");
  await button("Refresh key").click();
  await sees(page, /^Encrypt · /);
  await page.getByRole("link", { name: "View event" }).waitFor();
});

test("a key has the tabs of its kind", async () => {
  const signing = await create({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  const imported = await create({ Origin: "EXTERNAL" });
  const shown = async (id) => {
    await go(page, `/console/us-east-1/kms/keys/${id}`);
    await page.getByRole("heading", { name: id, level: 1 }).waitFor();
    await page.getByRole("tab", { name: "Key policy" }).waitFor();
    return tabs();
  };
  await go(page, "/console/us-east-1/kms/keys");
  assert.deepEqual(await shown(signing), ["Key policy", "Cryptographic configuration", "Tags", "Public key", "Aliases", "Grants", "Try it"]);
  await open("Cryptographic configuration");
  await sees(page, "ECDSA_SHA_256");
  await open("Public key");
  await accessible(page);
  await open("Try it");
  await accessible(page);
  await go(page, "/console/us-east-1/kms/keys");
  assert.deepEqual(await shown(imported), ["Key policy", "Cryptographic configuration", "Tags", "Key material", "Key rotation", "Aliases", "Grants", "Try it"]);
  await sees(page, "This key needs key material");
  await open("Key material");
  await accessible(page);
});

test("an AWS managed key is only looked at", async () => {
  const id = (await kms("DescribeKey", { KeyId: "alias/aws/s3" })).KeyMetadata.KeyId;
  await go(page, address(id, "rotation", "aws-managed"));
  await page.getByRole("heading", { name: id, level: 1 }).waitFor();
  await sees(page, "Automatic key rotation");
  assert.deepEqual(await tabs(), ["Key policy", "Cryptographic configuration", "Key rotation", "Aliases", "Grants"]);
  for (const name of ["Key actions", "Edit description", "Edit", "Edit automatic key rotation", "Rotate now"]) assert.equal(await button(name).count(), 0, name);
  await open("Aliases");
  await page.getByRole("grid", { name: "Aliases" }).getByRole("rowheader", { name: "aws/s3" }).waitFor();
  assert.equal(await button("Create alias").count(), 0);
  await open("Key policy");
  await page.getByLabel("JSON document").waitFor();
  assert.equal(await button("Edit").count(), 0);
  await accessible(page);
});
