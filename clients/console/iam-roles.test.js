// Roles: created by the wizard, whom they trust, what they may do, their boundary and their deletion.
import assert from "node:assert/strict";

import { controls, screens, hostile, hostilePath } from "./lib/iam.js";
import { account, accessible, eventually, go, sees, setup, signIn, test } from "./lib/world.js";

const { page, iam, organizations, sts } = await setup();
const { dialog, button, field } = controls(page);
const other = await otherAccount();
const role = async (RoleName = "auditor") => (await iam("GetRole", { RoleName })).Role;
/** A second account, which roles may trust. */
async function otherAccount() {
  const { CreateAccountStatus: made } = await organizations("CreateAccount", { AccountName: "partner", Email: "partner@example.com" });
  return eventually("there is a second account", async () => (await organizations("DescribeCreateAccountStatus", { CreateAccountRequestId: made.Id })).CreateAccountStatus.AccountId);
}
const trustOf = async (name) => JSON.parse(decodeURIComponent((await role(name)).AssumeRolePolicyDocument)).Statement;

test("the wizard says beside its fields what is wrong with a trusted entity", async () => {
  await signIn(page, undefined, `${screens}/roles`);
  await sees(page, "No roles");
  await accessible(page);
  await button("Create role").first().click();
  await page.getByRole("radio", { name: /^AWS service/ }).check();
  await button("Next").click();
  await sees(page, "Choose a service, or enter its name, such as events.amazonaws.com.");
  await page.getByRole("radio", { name: /^Web identity/ }).check();
  await sees(page, "Choose an identity provider.");
  await page.getByRole("radio", { name: /^Custom trust policy/ }).check();
  const text = field("Trust policy");
  await text.fill('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt"}]}');
  await sees(page, /a trust policy allows actions of sts only/);
  await text.fill('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*"');
  await sees(page, /This is not valid JSON. Line 1, column 77/);
  await accessible(page);
  await page.getByRole("radio", { name: /^AWS account/ }).check();
  await page.getByRole("radio", { name: "Another AWS account" }).check();
  await field("Account ID").fill("12345");
  await sees(page, "Enter an account ID of 12 digits.");
  await field("External ID - optional").fill(hostile);
  await sees(page, "An external ID has at least 2 letters, numbers and +=,.@:/_- only.");
  await button("Next").click();
  await field("Account ID").waitFor();
  assert.deepEqual((await iam("ListRoles")).Roles, []);
});

test("a role is created with permissions, a boundary, a duration and tags", async () => {
  await field("Account ID").fill(other);
  await field("External ID - optional").fill("ticket-7");
  await accessible(page);
  await button("Next").click();
  await page.getByRole("searchbox", { name: "Find policies" }).fill("SecurityAudit");
  await page.getByRole("checkbox", { name: "Select SecurityAudit" }).check();
  await page.getByRole("button", { name: /Permissions boundary - optional/ }).click();
  await page.getByRole("option", { name: /^ReadOnlyAccess/ }).click();
  await accessible(page);
  await button("Next").click();
  await button("Create role").click();
  await sees(page, "Enter a name.");
  await field("Role name").fill("no spaces");
  await sees(page, "A name has letters, numbers and +=,.@_- only.");
  await field("Role name").fill("auditor");
  await field("Path - optional").fill(hostilePath);
  await field("Description - optional").fill(hostile);
  await page.getByRole("button", { name: /Maximum session duration/ }).click();
  await page.getByRole("option", { name: "Custom duration" }).click();
  await page.getByRole("spinbutton", { name: "Seconds" }).fill("60");
  await sees(page, "Enter a duration from 3600 to 43200 seconds.");
  await page.getByRole("spinbutton", { name: "Seconds" }).fill("5400");
  await button("Add tag").click();
  await page.getByRole("textbox", { name: "Tag key" }).fill("team");
  await page.getByRole("textbox", { name: "Tag value - optional" }).fill("audit");
  await accessible(page);
  await button("Create role").click();
  await sees(page, "Role auditor was created.");
  await page.getByRole("heading", { level: 1, name: "auditor" }).waitFor();
  await sees(page, hostile);
  await sees(page, hostilePath);
  await sees(page, "5400 seconds");
  await sees(page, "Permissions boundary (set)");
  await accessible(page);
  const made = await role();
  assert.deepEqual([made.Path, made.Description, made.MaxSessionDuration, made.Tags], [hostilePath, hostile, 5400, [{ Key: "team", Value: "audit" }]]);
  assert.match(made.PermissionsBoundary.PermissionsBoundaryArn, /policy\/ReadOnlyAccess$/);
  assert.deepEqual(await trustOf(), [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${other}:root` }, Action: "sts:AssumeRole", Condition: { StringEquals: { "sts:ExternalId": "ticket-7" } } }]);
  assert.deepEqual((await iam("ListAttachedRolePolicies", { RoleName: "auditor" })).AttachedPolicies.map((p) => p.PolicyName), ["SecurityAudit"]);
});

test("the trust policy is changed, and whom it names can assume the role", async () => {
  await iam("CreateUser", { UserName: "dave" });
  const { AccessKey } = await iam("CreateAccessKey", { UserName: "dave" });
  const as = { credentials: { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey } };
  const assume = async () => sts("AssumeRole", { RoleArn: (await role()).Arn, RoleSessionName: "audit" }, as);
  await assert.rejects(assume(), { name: "AccessDenied" });
  await page.getByRole("tab", { name: "Trust relationships" }).click();
  await sees(page, `Account: ${other}`);
  await button("Edit trust policy").click();
  const trust = (Principal) => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole" }] }, null, 2);
  await field("Trust policy").fill(trust({ Person: "dave" }));
  await sees(page, /"Person" is not a type of principal/);
  await field("Trust policy").fill(trust({ AWS: `arn:aws:iam::${account}:user/nobody` }));
  await button("Update policy").click();
  await sees(page, /MalformedPolicyDocument: /);
  await accessible(page);
  await field("Trust policy").fill(trust({ AWS: `arn:aws:iam::${account}:user/dave` }));
  await button("Update policy").click();
  await sees(page, "The trust policy of auditor was changed.");
  await page.getByLabel("JSON document").getByText("user/dave").waitFor();
  assert.equal((await trustOf())[0].Principal.AWS, `arn:aws:iam::${account}:user/dave`);
  assert.match((await assume()).AssumedRoleUser.Arn, /assumed-role\/auditor\/audit$/);
});

test("policies of a role are attached, written and removed", async () => {
  await page.getByRole("tab", { name: "Permissions" }).click();
  await button("Create inline policy").click();
  await dialog().getByRole("button", { name: "Create policy" }).click();
  await sees(page, "Enter a name.");
  await dialog().getByRole("textbox", { name: "Policy name" }).fill("keys");
  await dialog().getByRole("textbox", { name: "Policy document" }).fill(JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "kms:ListKeys", Resource: "*", Condition: { StringEquals: { "aws:PrincipalTag/x": hostile } } }] }));
  await accessible(page);
  await dialog().getByRole("button", { name: "Create policy" }).click();
  await sees(page, "Inline policy keys was created.");
  const inline = async () => decodeURIComponent((await iam("GetRolePolicy", { RoleName: "auditor", PolicyName: "keys" })).PolicyDocument);
  assert.equal(JSON.parse(await inline()).Statement[0].Condition.StringEquals["aws:PrincipalTag/x"], hostile);
  await button("Edit inline policy keys").click();
  const text = dialog().getByRole("textbox", { name: "Policy document" });
  await eventually("the text is as it was", async () => (await text.inputValue()).includes(hostile));
  await text.fill((await text.inputValue()).replace("kms:ListKeys", "kms:ListAliases"));
  await dialog().getByRole("button", { name: "Save changes" }).click();
  await sees(page, "Inline policy keys was changed.");
  assert.match(await inline(), /kms:ListAliases/);
  await button("Attach policies").click();
  await dialog().getByRole("searchbox", { name: "Find policies" }).fill("AWSCloudTrail_ReadOnlyAccess");
  await dialog().getByRole("checkbox", { name: "Select AWSCloudTrail_ReadOnlyAccess" }).check();
  await dialog().getByRole("button", { name: "Attach policies" }).click();
  await sees(page, "1 policy was attached to auditor.");
  await page.getByRole("checkbox", { name: "Select SecurityAudit" }).check();
  await button("Remove").click();
  await dialog().getByRole("button", { name: "Remove policy" }).click();
  await sees(page, "Policy SecurityAudit was removed from auditor.");
  assert.deepEqual((await iam("ListAttachedRolePolicies", { RoleName: "auditor" })).AttachedPolicies.map((p) => p.PolicyName), ["AWSCloudTrail_ReadOnlyAccess"]);
});

test("policies of the same name are two policies", async () => {
  const { Policy } = await iam("CreatePolicy", { PolicyName: "SecurityAudit", PolicyDocument: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:ListKeys","Resource":"*"}}' });
  await button("Attach policies").click();
  await dialog().getByRole("searchbox", { name: "Find policies" }).fill("SecurityAudit");
  await dialog().getByRole("row", { name: /Customer managed/ }).getByRole("checkbox").check();
  await dialog().getByText("(1/").waitFor();
  assert.equal(await dialog().getByRole("row", { name: /AWS managed/ }).getByRole("checkbox").isChecked(), false);
  await dialog().getByRole("button", { name: "Attach policies" }).click();
  await eventually("the account's own policy is attached", async () => (await iam("ListAttachedRolePolicies", { RoleName: "auditor" })).AttachedPolicies.some((p) => p.PolicyArn === Policy.Arn));
  assert.equal((await iam("ListAttachedRolePolicies", { RoleName: "auditor" })).AttachedPolicies.length, 2);
});

test("the boundary is removed, and description and duration are changed", async () => {
  await button("Remove boundary").click();
  await accessible(page);
  await dialog().getByRole("button", { name: "Remove boundary" }).click();
  await sees(page, "The permissions boundary of auditor was removed.");
  await sees(page, "Permissions boundary (not set)");
  assert.equal((await role()).PermissionsBoundary, undefined);
  await button("Edit").click();
  await dialog().getByRole("textbox", { name: "Description - optional" }).fill("Looks, and touches nothing");
  await dialog().getByRole("button", { name: /Maximum session duration/ }).click();
  await page.getByRole("option", { name: "2 hours", exact: true }).click();
  await accessible(page);
  await dialog().getByRole("button", { name: "Save changes" }).click();
  await sees(page, "Role auditor was changed.");
  const r = await role();
  assert.deepEqual([r.Description, r.MaxSessionDuration], ["Looks, and touches nothing", 7200]);
});

test("a role for a service is created, and found in the list by whom it trusts", async () => {
  await go(page, `${screens}/roles/create`);
  await page.getByRole("radio", { name: /^AWS service/ }).check();
  await page.getByRole("combobox", { name: "Service" }).fill("events.amazonaws.com");
  await page.keyboard.press("Escape");
  await button("Next").click();
  await button("Next").click();
  await field("Role name").fill("sender");
  await button("Create role").click();
  await sees(page, "Role sender was created.");
  assert.deepEqual((await trustOf("sender"))[0].Principal, { Service: "events.amazonaws.com" });
  await go(page, `${screens}/roles`);
  await page.getByRole("searchbox", { name: "Find roles" }).fill("AWS service: events");
  await sees(page, "1 match");
  await page.getByRole("row", { name: /sender/ }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get("q"), "AWS service: events");
  await page.getByRole("searchbox", { name: "Find roles" }).fill("");
  await page.getByRole("row", { name: /auditor/ }).getByText(hostilePath).waitFor();
  await accessible(page);
});

test("a role is deleted with its policies", async () => {
  await page.getByRole("link", { name: "auditor" }).click();
  await button("Delete").click();
  await sees(page, /These policies are detached first: .*SecurityAudit/);
  await sees(page, "These inline policies are deleted: keys");
  await accessible(page);
  await dialog().getByRole("textbox").fill("auditor");
  await dialog().getByRole("button", { name: "Delete" }).click();
  await sees(page, "Role auditor was deleted.");
  assert.deepEqual((await iam("ListRoles")).Roles.map((r) => r.RoleName), ["sender"]);
});
