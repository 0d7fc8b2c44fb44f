// User groups and identity providers.
import assert from "node:assert/strict";

import { controls, screens, hostile, hostilePath } from "./lib/iam.js";
import { accessible, go, sees, setup, signIn, test } from "./lib/world.js";

const { page, iam } = await setup();
const { dialog, button, field } = controls(page);
const members = async (GroupName) => (await iam("GetGroup", { GroupName })).Users.map((u) => u.UserName).sort();

test("a group is created with users and policies", async () => {
  for (const UserName of ["erin", "frank", "grace"]) await iam("CreateUser", { UserName });
  await signIn(page, undefined, `${screens}/groups`);
  await sees(page, "Create a group, give it permissions, and add users to it.");
  await accessible(page);
  await button("Create group").first().click();
  await button("Create user group").click();
  await sees(page, "Enter a name.");
  await field("User group name").fill(hostile);
  await sees(page, "A name has letters, numbers and +=,.@_- only.");
  await field("User group name").fill("operators");
  await field("Path - optional").fill(hostilePath);
  for (const name of ["erin", "frank"]) await page.getByRole("checkbox", { name: `Select ${name}` }).check();
  await page.getByRole("searchbox", { name: "Find policies" }).fill("IAMReadOnlyAccess");
  await page.getByRole("checkbox", { name: "Select IAMReadOnlyAccess" }).check();
  await accessible(page);
  await button("Create user group").click();
  await sees(page, "User group operators was created.");
  await page.getByRole("heading", { level: 1, name: "operators" }).waitFor();
  await sees(page, hostilePath);
  await accessible(page);
  assert.deepEqual(await members("operators"), ["erin", "frank"]);
  assert.deepEqual((await iam("ListAttachedGroupPolicies", { GroupName: "operators" })).AttachedPolicies.map((p) => p.PolicyName), ["IAMReadOnlyAccess"]);
});

test("users join and leave a group, and its policies are changed", async () => {
  await button("Add users").click();
  await dialog().getByRole("checkbox", { name: "Select grace" }).check();
  await accessible(page);
  await dialog().getByRole("button", { name: "Add users" }).click();
  await sees(page, "grace joined operators.");
  for (const name of ["erin", "frank"]) await page.getByRole("checkbox", { name: `Select ${name}` }).check();
  await button("Remove users").click();
  await dialog().getByRole("button", { name: "Remove" }).click();
  await sees(page, "erin, frank left operators.");
  assert.deepEqual(await members("operators"), ["grace"]);
  await page.getByRole("tab", { name: "Permissions" }).click();
  await button("Create inline policy").click();
  await dialog().getByRole("textbox", { name: "Policy name" }).fill("own");
  await dialog().getByRole("textbox", { name: "Policy document" }).fill('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}]}');
  await dialog().getByRole("button", { name: "Create policy" }).click();
  await sees(page, "Inline policy own was created.");
  await page.getByRole("checkbox", { name: "Select IAMReadOnlyAccess" }).check();
  await button("Remove").click();
  await dialog().getByRole("button", { name: "Remove policy" }).click();
  await sees(page, "Policy IAMReadOnlyAccess was removed from operators.");
  await accessible(page);
  assert.deepEqual((await iam("ListAttachedGroupPolicies", { GroupName: "operators" })).AttachedPolicies, []);
  assert.deepEqual((await iam("ListGroupPolicies", { GroupName: "operators" })).PolicyNames, ["own"]);
});

test("a group is renamed, and deleted with what hangs on it", async () => {
  await button("Rename").click();
  await dialog().getByRole("textbox", { name: "User group name" }).fill("crew");
  await dialog().getByRole("button", { name: "Save changes" }).click();
  await sees(page, "User group operators was renamed crew.");
  await page.getByRole("heading", { level: 1, name: "crew" }).waitFor();
  await go(page, `${screens}/groups`);
  await page.getByRole("row", { name: /crew/ }).getByRole("gridcell", { name: "1", exact: true }).waitFor();
  await page.getByRole("radio", { name: "Select crew" }).check();
  await button("Delete").click();
  await sees(page, "These users leave it, and lose its permissions: grace");
  await sees(page, "These inline policies are deleted: own");
  await accessible(page);
  await dialog().getByRole("textbox").fill("crew");
  await dialog().getByRole("button", { name: "Delete" }).click();
  await sees(page, "User group crew was deleted.");
  assert.deepEqual((await iam("ListGroups")).Groups, []);
});

test("an identity provider is added", async () => {
  await go(page, `${screens}/providers`);
  await sees(page, "Add a provider, and create a role that trusts it.");
  await button("Add provider").first().click();
  await page.getByRole("heading", { level: 1, name: "Add an identity provider" }).waitFor();
  await button("Add provider").click();
  await sees(page, "Enter a URL.");
  await sees(page, "Enter an audience.");
  await field("Provider URL").fill("http://login.example.com");
  await sees(page, "Enter a URL that begins with https://, without a query.");
  await field("Thumbprint - optional").fill("12:34");
  await sees(page, /A thumbprint has 40 hexadecimal digits/);
  await field("Provider URL").fill("https://login.example.com/tenant");
  await field("Audience").fill(hostile);
  await field("Thumbprint - optional").fill("AA".repeat(20));
  await accessible(page);
  await button("Add provider").click();
  await sees(page, "Identity provider login.example.com/tenant was added.");
  await page.getByRole("row", { name: hostile }).waitFor();
  await accessible(page);
  const [{ Arn }] = (await iam("ListOpenIDConnectProviders")).OpenIDConnectProviderList;
  const made = await iam("GetOpenIDConnectProvider", { OpenIDConnectProviderArn: Arn });
  assert.deepEqual([made.Url, made.ClientIDList, made.ThumbprintList.map((t) => t.toLowerCase())], ["login.example.com/tenant", [hostile], ["aa".repeat(20)]]);
});

test("audiences are added and removed, errors are shown, and the provider is deleted", async () => {
  const [{ Arn }] = (await iam("ListOpenIDConnectProviders")).OpenIDConnectProviderList;
  const audiences = async () => (await iam("GetOpenIDConnectProvider", { OpenIDConnectProviderArn: Arn })).ClientIDList.sort();
  await button("Add audience").click();
  await dialog().getByRole("textbox", { name: "Audience" }).fill("app-2");
  await accessible(page);
  await dialog().getByRole("button", { name: "Add audience" }).click();
  await sees(page, "Audience app-2 was added.");
  assert.deepEqual(await audiences(), [hostile, "app-2"]);
  await page.getByRole("radio", { name: `Select ${hostile}` }).check();
  await button("Remove").first().click();
  await dialog().getByRole("button", { name: "Remove audience" }).click();
  await sees(page, `Audience ${hostile} was removed.`);
  assert.deepEqual(await audiences(), ["app-2"]);
  await button("Edit thumbprints").click();
  await dialog().getByRole("textbox", { name: "Thumbprints" }).fill(`${"bb".repeat(20)}\nxyz`);
  await sees(page, /A thumbprint has 40 hexadecimal digits/);
  await dialog().getByRole("textbox", { name: "Thumbprints" }).fill("bb".repeat(20));
  await dialog().getByRole("button", { name: "Save changes" }).click();
  await sees(page, "The thumbprints were changed.");
  // Somebody else deletes it meanwhile: the console says what the service says.
  await iam("DeleteOpenIDConnectProvider", { OpenIDConnectProviderArn: Arn });
  await page.getByRole("radio", { name: "Select app-2" }).check();
  await button("Remove").first().click();
  await dialog().getByRole("button", { name: "Remove audience" }).click();
  await dialog().getByText("NoSuchEntity").first().waitFor();
  await dialog().getByRole("button", { name: "Cancel" }).click();
  await iam("CreateOpenIDConnectProvider", { Url: "https://login.example.com/tenant", ClientIDList: ["app-2"] });
  await go(page, `${screens}/providers`);
  await page.getByRole("radio", { name: "Select login.example.com/tenant" }).check();
  await button("Delete").click();
  await accessible(page);
  await dialog().getByRole("textbox").fill("confirm");
  await dialog().getByRole("button", { name: "Delete" }).click();
  await sees(page, "Identity provider login.example.com/tenant was deleted.");
  assert.deepEqual((await iam("ListOpenIDConnectProviders")).OpenIDConnectProviderList, []);
});
