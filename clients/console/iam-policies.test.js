// Managed policies: written in an editor that checks them, their versions, to whom they are
// attached, their deletion; and what somebody who has one sees of the console.
import assert from "node:assert/strict";

import { controls, screens, hostile, document } from "./lib/iam.js";
import { account, accessible, eventually, go, newContext, sees, setup, signIn, test } from "./lib/world.js";

const { page, iam, kms } = await setup();
const { dialog, button, field, said } = controls(page);
const arn = `arn:aws:iam::${account}:policy/team/KeyReaders`;
const reads = { Sid: "Read", Effect: "Allow", Action: ["kms:ListKeys", "kms:ListAliases", "kms:DescribeKey", "kms:ListResourceTags"], Resource: "*" };
const versions = async () => (await iam("ListPolicyVersions", { PolicyArn: arn })).Versions.map((v) => `${v.VersionId}${v.IsDefaultVersion ? "*" : ""}`).sort();
const textOf = async (VersionId) => JSON.parse(decodeURIComponent((await iam("GetPolicyVersion", { PolicyArn: arn, VersionId })).PolicyVersion.Document));

test("what is wrong with a policy is told beside its field", async () => {
  await signIn(page, undefined, `${screens}/policies`);
  await sees(page, "AWSKeyManagementServicePowerUser");
  await accessible(page);
  await button("Create policy").click();
  await page.getByRole("heading", { level: 1, name: "Create policy" }).waitFor();
  await button("Create policy").click();
  await said(field("Policy name"), "Enter a name.");
  const text = field("Policy document");
  await text.fill('{\n"Version": "2012-10-17",\n"Statement": [}');
  await said(text, /This is not valid JSON. Line 3, column 15/);
  await text.fill(document({ Effect: "Permit", Action: "kms:Decrypt", Resource: "*" }));
  await said(text, /Line 4, statement 1: Effect must be Allow or Deny/);
  await text.fill(document({ Effect: "Allow", Action: "kms:Decrypt", Resource: "*", Principal: "*" }));
  await said(text, /it has a Principal/);
  await text.fill(document({ Effect: "Allow", Action: "kms:Decrytp", Resource: "*" }));
  await sees(page, "There is no action “kms:Decrytp”.");
  await text.fill(document({ Effect: "Allow", Action: "kms:Decrypt", Resource: "*", Condition: { Bool: { "aws:PrincipalTag/a": "x".repeat(6200) } } }));
  await said(text, /at most 6144 are taken/);
  await field("Policy name").fill("Key Readers");
  await said(field("Policy name"), "A name has letters, numbers and");
  await field("Path - optional").fill("/team");
  await said(field("Path - optional"), "A path begins and ends with a slash");
  await field("Path - optional").fill(`/${hostile.replaceAll(" ", "/")}/`);
  await said(field("Path - optional"), "A path of a policy has letters, numbers and");
  await field("Description - optional").fill("“quoted”");
  await said(field("Description - optional"), "A description has characters up to U+00FF only.");
  await accessible(page);
});

test("what only the service knows to be wrong is told beside the text too", async () => {
  const text = field("Policy document");
  await text.fill(document({ Effect: "Allow", Action: "kms:Decrypt", Resource: "my-key" }));
  await field("Policy name").fill("KeyReaders");
  await field("Path - optional").fill("/team/");
  await field("Description - optional").fill(hostile);
  await button("Create policy").click();
  await said(text, /MalformedPolicyDocument: /);
  assert.deepEqual((await iam("ListPolicies", { Scope: "Local" })).Policies, []);
});

test("a policy is created with a description and tags, and hostile words are words", async () => {
  await field("Policy document").fill(JSON.stringify({ Version: "2012-10-17", Statement: [reads, { Effect: "Deny", Action: "kms:*", Resource: "*", Condition: { StringEquals: { "aws:username": hostile } } }] }));
  await button("Format").click();
  await eventually("the text is formatted", async () => (await field("Policy document").inputValue()).includes('\n    {\n      "Sid": "Read",'));
  await button("Add tag").click();
  await page.getByRole("textbox", { name: "Tag key" }).fill("team");
  await page.getByRole("textbox", { name: "Tag value - optional" }).fill("security");
  await button("Create policy").click();
  await sees(page, "Policy KeyReaders was created.");
  await page.getByRole("heading", { level: 1, name: "KeyReaders" }).waitFor();
  await sees(page, hostile);
  await page.getByLabel("JSON document").getByText(`"aws:username": "${hostile}"`).waitFor();
  await accessible(page);
  const { Policy } = await iam("GetPolicy", { PolicyArn: arn });
  assert.deepEqual([Policy.Description, Policy.Path, Policy.DefaultVersionId, Policy.Tags], [hostile, "/team/", "v1", [{ Key: "team", Value: "security" }]]);
  assert.deepEqual((await textOf("v1")).Statement[0], reads);
});

test("versions are made, compared, set as default and deleted", async () => {
  await button("Edit").click();
  await eventually("the text is that of the default version", async () => (await field("Policy document").inputValue()).includes(hostile));
  await field("Policy document").fill(document({ ...reads, Action: ["kms:ListKeys", "kms:ListAliases"] }));
  await accessible(page);
  await button("Save changes").click();
  await sees(page, "Version v2 of policy KeyReaders was created.");
  assert.deepEqual(await versions(), ["v1", "v2*"]);
  await page.getByRole("tab", { name: "Policy versions" }).click();
  for (const v of ["v1", "v2"]) await page.getByRole("checkbox", { name: `Select ${v}` }).check();
  await button("Compare").click();
  await dialog().getByLabel("Differences").getByText(/^- .*kms:DescribeKey/).waitFor();
  await accessible(page);
  await dialog().getByRole("button", { name: "Close" }).click();
  await page.getByRole("checkbox", { name: "Select v2" }).uncheck();
  await button("Set as default").click();
  await dialog().getByRole("button", { name: "Set as default" }).click();
  await sees(page, "Version v1 of policy KeyReaders is the default now.");
  assert.deepEqual(await versions(), ["v1*", "v2"]);
  for (let i = 0; i < 3; i++) await iam("CreatePolicyVersion", { PolicyArn: arn, PolicyDocument: document(reads) });
  await button("Edit").click();
  await field("Policy document").fill(document(reads));
  await page.getByRole("checkbox", { name: /Set this new version as the default/ }).uncheck();
  await page.getByRole("button", { name: /Version to delete/ }).click();
  await page.getByRole("option", { name: "v3" }).click();
  await button("Save changes").click();
  await sees(page, "Version v6 of policy KeyReaders was created.");
  assert.deepEqual(await versions(), ["v1*", "v2", "v4", "v5", "v6"]);
  await page.getByRole("tab", { name: "Policy versions" }).click();
  await page.getByRole("checkbox", { name: "Select v2" }).check();
  await button("Delete").last().click();
  await dialog().getByRole("button", { name: "Delete" }).click();
  await sees(page, "Version v2 of policy KeyReaders was deleted.");
  await page.getByRole("checkbox", { name: "Select v6" }).check();
  await button("Set as default").click();
  await dialog().getByRole("button", { name: "Set as default" }).click();
  await sees(page, "Version v6 of policy KeyReaders is the default now.");
  assert.deepEqual(await versions(), ["v1", "v4", "v5", "v6*"]);
});

test("a policy is attached to users, groups and roles, and detached", async () => {
  await iam("CreateUser", { UserName: "bob" });
  await iam("CreateGroup", { GroupName: "readers" });
  await iam("CreateRole", { RoleName: "auditor", AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" } }) });
  await page.getByRole("tab", { name: "Entities attached" }).click();
  await sees(page, "The policy has no effect until it is attached.");
  await button("Attach").click();
  await dialog().getByRole("button", { name: /Users, groups and roles/ }).click();
  for (const name of [/^bob/, /^readers/, /^auditor/]) await page.getByRole("option", { name }).click();
  await accessible(page);
  await page.keyboard.press("Escape");
  await dialog().getByRole("button", { name: "Attach policy" }).click();
  await sees(page, "Policy KeyReaders was attached to bob, readers, auditor.");
  const entities = await iam("ListEntitiesForPolicy", { PolicyArn: arn });
  assert.deepEqual([entities.PolicyUsers[0].UserName, entities.PolicyGroups[0].GroupName, entities.PolicyRoles[0].RoleName], ["bob", "readers", "auditor"]);
  await page.getByRole("checkbox", { name: "Select user bob" }).check();
  await page.getByRole("checkbox", { name: "Select group readers" }).check();
  await button("Detach").click();
  await accessible(page);
  await dialog().getByRole("button", { name: "Detach policy" }).click();
  await sees(page, "Policy KeyReaders was detached from bob, readers.");
  assert.deepEqual((await iam("ListAttachedUserPolicies", { UserName: "bob" })).AttachedPolicies, []);
  assert.equal((await iam("ListAttachedRolePolicies", { RoleName: "auditor" })).AttachedPolicies.length, 1);
});

test("a user who is created by clicks signs in, and sees what the policy allows and nothing else", async () => {
  const password = "Correct-horse-7";
  await kms("CreateAlias", { AliasName: "alias/for-readers", TargetKeyId: (await kms("CreateKey")).KeyMetadata.KeyId });
  await go(page, `${screens}/users`);
  await button("Create user").first().click();
  await field("User name").fill("carol");
  await page.getByRole("checkbox", { name: "Provide user access to the console - optional" }).check();
  await page.getByRole("radio", { name: /Custom password/ }).check();
  await field("Password").fill(password);
  await page.getByRole("checkbox", { name: /User must create a new password/ }).uncheck();
  await button("Next").click();
  await page.getByRole("searchbox", { name: "Find policies" }).fill("KeyReaders");
  await page.getByRole("checkbox", { name: "Select KeyReaders" }).check();
  await button("Next").click();
  await button("Create user").click();
  await sees(page, "User carol was created.");
  // The words of the service are asked for by the same user with an access key.
  const { AccessKey } = await iam("CreateAccessKey", { UserName: "carol" });
  const as = { credentials: { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey } };
  const denied = await iam("ListUsers", {}, as).then(() => assert.fail("allowed"), (e) => e);
  assert.equal(denied.name, "AccessDenied");
  const other = await newContext();
  await signIn(other.page, { userName: "carol", password }, "/console/us-east-1/kms/keys");
  await other.page.getByRole("row", { name: /for-readers/ }).waitFor();
  await accessible(other.page);
  await go(other.page, `${screens}/users`);
  await sees(other.page, "AccessDenied");
  await sees(other.page, denied.message);
  assert.match(denied.message, /carol is not authorized to perform: iam:ListUsers on resource: /);
  await accessible(other.page);
  await other.context.close();
});

test("the list is filtered, and a policy is deleted with its versions once nothing is bounded by it", async () => {
  await iam("PutUserPermissionsBoundary", { UserName: "bob", PermissionsBoundary: arn });
  await go(page, `${screens}/policies`);
  await page.getByRole("button", { name: /Filter by type/ }).click();
  await page.getByRole("option", { name: "Customer managed" }).click();
  await eventually("one policy is shown", async () => (await page.getByRole("radio", { name: /^Select / }).count()) === 1);
  assert.equal(new URL(page.url()).searchParams.get("type"), "customer");
  await page.getByRole("radio", { name: "Select KeyReaders" }).check();
  await button("Delete").click();
  await sees(page, "This policy is the permissions boundary of bob. Change or remove the boundary first.");
  await dialog().getByRole("textbox").fill("KeyReaders");
  assert.equal(await dialog().getByRole("button", { name: "Delete" }).isDisabled(), true);
  await dialog().getByRole("button", { name: "Cancel" }).click();
  await iam("DeleteUserPermissionsBoundary", { UserName: "bob" });
  await button("Delete").click();
  await sees(page, /It is detached first from .*auditor/);
  await accessible(page);
  await dialog().getByRole("textbox").fill("KeyReaders");
  await dialog().getByRole("button", { name: "Delete" }).click();
  await sees(page, "Policy KeyReaders was deleted.");
  assert.deepEqual((await iam("ListPolicies", { Scope: "Local" })).Policies, []);
});
