// Users: created, given permissions, renamed and deleted.
import assert from "node:assert/strict";

import { controls, screens, hostile } from "./lib/iam.js";
import { accessible, eventually, go, newContext, sees, setup, signIn, test } from "./lib/world.js";

const { page, iam } = await setup();
const { dialog, button } = controls(page);
const password = "Correct-horse-7";

test("an empty list says what to do", async () => {
  await signIn(page, undefined, `${screens}/users`);
  await sees(page, "No users");
  await accessible(page);
});

test("bad names, paths and passwords are told beside their fields", async () => {
  await iam("CreateGroup", { GroupName: "operators" });
  await button("Create user").first().click();
  await button("Next").click();
  await sees(page, "Enter a name.");
  await page.getByRole("textbox", { name: "User name" }).fill("no spaces");
  await sees(page, "A name has letters, numbers and +=,.@_- only.");
  await page.getByRole("textbox", { name: "Path - optional" }).fill("/ops");
  await sees(page, "A path begins and ends with a slash, and has no spaces.");
  await page.getByRole("textbox", { name: "Path - optional" }).fill("/ops/");
  await page.getByRole("checkbox", { name: "Provide user access to the console - optional" }).check();
  await page.getByRole("radio", { name: /Custom password/ }).check();
  await page.getByRole("textbox", { name: "Password", exact: true }).fill("short");
  await sees(page, /The password must have at least 8 characters/);
  await accessible(page);
});

test("a user is created with a password, a group, a policy and tags", async () => {
  await page.getByRole("textbox", { name: "User name" }).fill("alice");
  await page.getByRole("textbox", { name: "Password", exact: true }).fill(password);
  await page.getByRole("checkbox", { name: /User must create a new password/ }).uncheck();
  await button("Next").click();
  await page.getByRole("checkbox", { name: "Select operators" }).check();
  await page.getByRole("searchbox", { name: "Find policies" }).fill("AWSKeyManagementServicePowerUser");
  await page.getByRole("checkbox", { name: "Select AWSKeyManagementServicePowerUser" }).check();
  await accessible(page);
  await button("Next").click();
  await button("Add tag").click();
  await page.getByRole("textbox", { name: "Tag key" }).fill(hostile);
  await sees(page, "A tag key has letters, numbers, spaces and _.:/=+-@ only.");
  await page.getByRole("textbox", { name: "Tag key" }).fill("team");
  await page.getByRole("textbox", { name: "Tag value - optional" }).fill("security");
  await button("Create user").click();
  await sees(page, "User alice was created.");
  await sees(page, "This is the only time that you can view this password.");
  await accessible(page);
  const { User } = await iam("GetUser", { UserName: "alice" });
  assert.equal(User.Path, "/ops/");
  assert.deepEqual((await iam("ListUserTags", { UserName: "alice" })).Tags, [{ Key: "team", Value: "security" }]);
  assert.deepEqual((await iam("ListGroupsForUser", { UserName: "alice" })).Groups.map((g) => g.GroupName), ["operators"]);
  assert.deepEqual((await iam("ListAttachedUserPolicies", { UserName: "alice" })).AttachedPolicies.map((p) => p.PolicyName), ["AWSKeyManagementServicePowerUser"]);
  await button("View user").click();
});

test("the user signs in to the console, at another machine", async () => {
  const other = await newContext();
  await signIn(other.page, { userName: "alice", password }, "/console/us-east-1/kms/keys");
  await other.page.getByRole("button", { name: /^Account: .*alice|alice/ }).first().waitFor();
  await other.context.close();
});

test("the list shows groups and last activity", async () => {
  await go(page, `${screens}/users`);
  const row = page.getByRole("row", { name: /alice/ });
  await row.getByText("operators").waitFor();
  await row.getByText("/ops/").waitFor();
  await eventually("last activity is a time", async () => /UTC/.test(await row.innerText()));
  await row.getByRole("link", { name: "alice" }).click();
  await sees(page, "Summary");
});

test("an inline policy is checked, and created", async () => {
  await button("Create inline policy").click();
  await dialog().getByRole("textbox", { name: "Policy name" }).fill("own keys");
  await sees(page, "A name has letters, numbers and +=,.@_- only.");
  await dialog().getByRole("textbox", { name: "Policy name" }).fill("own");
  const text = dialog().getByRole("textbox", { name: "Policy document" });
  await text.fill('{\n"Version": "2012-10-17",\n"Statement": [}');
  await sees(page, /This is not valid JSON. Line 3, column 15/);
  await text.fill('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Decrypt"}]}');
  await sees(page, "Line 1, statement 1: it has no Resource.");
  await text.fill('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Decrytp", "Resource": "*"}]}');
  await sees(page, "There is no action “kms:Decrytp”.");
  await text.fill('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "kms"}]}');
  await dialog().getByRole("button", { name: "Create policy" }).click();
  await sees(page, /MalformedPolicyDocument/);
  await accessible(page);
  await text.fill(JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "kms:Decrypt", Resource: "*", Condition: { StringEquals: { "aws:username": hostile } } }] }));
  await dialog().getByRole("button", { name: "Create policy" }).click();
  await sees(page, "Inline policy own was created.");
  const got = JSON.parse(decodeURIComponent((await iam("GetUserPolicy", { UserName: "alice", PolicyName: "own" })).PolicyDocument));
  assert.equal(got.Statement[0].Condition.StringEquals["aws:username"], hostile);
  await button("Edit inline policy own").click();
  await eventually("the text is as it was", async () => (await dialog().getByRole("textbox", { name: "Policy document" }).inputValue()).includes(hostile));
  await dialog().getByRole("button", { name: "Cancel" }).click();
});

test("policies are attached and removed", async () => {
  await button("Attach policies").click();
  await dialog().getByRole("searchbox", { name: "Find policies" }).fill("IAMReadOnlyAccess");
  await dialog().getByRole("checkbox", { name: "Select IAMReadOnlyAccess" }).check();
  await dialog().getByRole("button", { name: "Attach policies" }).click();
  await sees(page, "1 policy was attached to alice.");
  await page.getByRole("checkbox", { name: "Select own" }).check();
  await page.getByRole("checkbox", { name: "Select AWSKeyManagementServicePowerUser" }).check();
  await button("Remove").first().click();
  await sees(page, /Inline policies are deleted with this: own/);
  await dialog().getByRole("button", { name: "Remove policy" }).click();
  await sees(page, "2 policies were removed from alice.");
  assert.deepEqual((await iam("ListAttachedUserPolicies", { UserName: "alice" })).AttachedPolicies.map((p) => p.PolicyName), ["IAMReadOnlyAccess"]);
  assert.deepEqual((await iam("ListUserPolicies", { UserName: "alice" })).PolicyNames ?? [], []);
});

test("a permissions boundary is set and removed", async () => {
  await button("Set permissions boundary").click();
  await dialog().getByRole("button", { name: /Permissions boundary - optional/ }).click();
  await page.getByRole("option", { name: /PowerUserAccess/ }).first().click();
  await dialog().getByRole("button", { name: "Set boundary" }).click();
  await sees(page, "The permissions boundary of alice was set.");
  await sees(page, "Permissions boundary (set)");
  assert.match((await iam("GetUser", { UserName: "alice" })).User.PermissionsBoundary.PermissionsBoundaryArn, /PowerUser/);
  await button("Remove boundary").click();
  await dialog().getByRole("button", { name: "Remove boundary" }).click();
  await sees(page, "The permissions boundary of alice was removed.");
  assert.equal((await iam("GetUser", { UserName: "alice" })).User.PermissionsBoundary, undefined);
});

test("groups are left and joined", async () => {
  await page.getByRole("tab", { name: "Groups" }).click();
  await page.getByRole("checkbox", { name: "Select operators" }).check();
  await button("Remove").click();
  await dialog().getByRole("button", { name: "Remove" }).click();
  await sees(page, "User alice was removed from operators.");
  await button("Add user to groups").first().click();
  await dialog().getByRole("checkbox", { name: "Select operators" }).check();
  await dialog().getByRole("button", { name: "Add user to groups" }).click();
  await sees(page, "User alice was added to operators.");
  assert.equal((await iam("ListGroupsForUser", { UserName: "alice" })).Groups.length, 1);
  await accessible(page);
});

test("tags are changed", async () => {
  await page.getByRole("tab", { name: "Tags" }).click();
  await button("Manage tags").click();
  await dialog().getByRole("textbox", { name: "Tag value - optional" }).fill("platform");
  await dialog().getByRole("button", { name: "Save changes" }).click();
  await sees(page, "The tags were changed.");
  assert.deepEqual((await iam("ListUserTags", { UserName: "alice" })).Tags, [{ Key: "team", Value: "platform" }]);
});

test("a user is renamed", async () => {
  await button("Rename").click();
  await dialog().getByRole("textbox", { name: "User name" }).fill("a/b");
  await sees(page, "A name has letters, numbers and +=,.@_- only.");
  await dialog().getByRole("textbox", { name: "User name" }).fill("alicia");
  await dialog().getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("heading", { level: 1, name: "alicia" }).waitFor();
  assert.equal((await iam("GetUser", { UserName: "alicia" })).User.Path, "/ops/");
});

test("deleting a user tells what goes first", async () => {
  await iam("CreateAccessKey", { UserName: "alicia" });
  await iam("PutUserPolicy", { UserName: "alicia", PolicyName: "p", PolicyDocument: '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}' });
  await button("Delete").first().click();
  await sees(page, "its console password");
  await sees(page, "its place in the groups operators");
  await sees(page, "inline policies: p");
  await accessible(page);
  await dialog().getByRole("textbox").fill("alicia");
  await dialog().getByRole("button", { name: "Delete user" }).click();
  await sees(page, "User alicia was deleted.");
  assert.deepEqual((await iam("ListUsers")).Users, []);
});
