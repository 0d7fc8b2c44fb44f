// The lists of keys of people who may not do everything.
import assert from "node:assert/strict";

import { accessible, account, go, sees, setup, signIn, test } from "./lib/world.js";

const { page, kms, iam } = await setup();
const address = "/console/us-east-1/kms/keys";
const keys = [];
for (let i = 0; i < 4; i++) keys.push((await kms("CreateKey", {})).KeyMetadata.KeyId);
await kms("CreateAlias", { AliasName: "alias/one", TargetKeyId: keys[1] });
const button = (name) => page.getByRole("button", { name, exact: true });
const dialog = page.getByRole("dialog");
const list = page.getByRole("grid", { name: "Customer managed keys" });
const row = (i) => list.getByRole("row").filter({ has: page.getByRole("rowheader", { name: keys[i], exact: true }) });
const status = (i, text) => row(i).getByText(text, { exact: true }).waitFor();

/** Makes a user with these permissions and no others. */
async function limited(name, ...statements) {
  await iam("CreateUser", { UserName: name });
  await iam("PutUserPolicy", { UserName: name, PolicyName: "limits", PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: statements.map((s) => ({ Effect: "Allow", Resource: "*", ...s })) }) });
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = (await iam("CreateAccessKey", { UserName: name })).AccessKey;
  return { accessKeyId, secretAccessKey };
}

/** What the API tells somebody who may not do something. */
const refusal = (operation, input, credentials) => kms(operation, input, { credentials }).then(() => assert.fail(`${operation} is allowed`), (e) => e.message);

test("who may describe some keys only sees the exact error of the others, and what is not known is marked", async () => {
  const who = await limited("some", { Action: ["kms:ListKeys", "kms:ListAliases"] }, { Action: ["kms:DescribeKey", "kms:ListResourceTags"], Resource: `arn:aws:kms:us-east-1:${account}:key/${keys[0]}` });
  await signIn(page, who, address);
  await status(0, "Enabled");
  await row(0).getByText("SYMMETRIC_DEFAULT").waitFor();
  await row(1).getByRole("link", { name: "one", exact: true }).waitFor();
  assert.equal(await row(1).getByText("Not available").count(), 3); // type, spec and usage
  await row(1).getByRole("button", { name: "AccessDeniedException" }).click();
  await sees(page, await refusal("DescribeKey", { KeyId: keys[1] }, who));
  await accessible(page);
  await button("Close").filter({ visible: true }).last().click();
  await row(1).getByRole("checkbox").check();
  await button("Key actions").click();
  for (const name of ["Enable", "Disable", "Schedule key deletion", "Add or edit tags"]) await page.getByRole("menuitem", { name, exact: true }).and(page.locator("[aria-disabled=true]")).waitFor();
  await button("Key actions").click();
  await go(page, `${address}?filter=${encodeURIComponent(JSON.stringify({ tokens: [{ propertyKey: "status", operator: "=", value: "Enabled" }], operation: "and" }))}`);
  await sees(page, "1 match");
  await sees(page, "It is not known whether 3 keys match");
});

test("who may not change a key is told so in the dialog, in the words of the API", async () => {
  await go(page, address);
  await status(0, "Enabled");
  await row(1).getByRole("checkbox").uncheck(); // what is selected stays so during a search
  await row(0).getByRole("checkbox").check();
  await button("Key actions").click();
  await page.getByRole("menuitem", { name: "Disable", exact: true }).click();
  await dialog.getByRole("button", { name: "Disable", exact: true }).click();
  await dialog.getByText("AccessDeniedException").waitFor();
  await dialog.getByText(/is not authorized to perform: kms:DisableKey on resource/).waitFor();
  await accessible(page);
  assert.equal((await kms("DescribeKey", { KeyId: keys[0] })).KeyMetadata.KeyState, "Enabled");
});

test("who may not list aliases sees the keys, and that their aliases are not known", async () => {
  const who = await limited("unnamed", { Action: ["kms:ListKeys", "kms:DescribeKey"] });
  await signIn(page, who, address);
  await sees(page, "The aliases could not be listed");
  await sees(page, await refusal("ListAliases", {}, who));
  await status(0, "Enabled");
  assert.equal(await list.getByRole("gridcell", { name: "Not available" }).count(), 4);
  await accessible(page);
});

test("who may list nothing sees the error and no empty list", async () => {
  const who = await limited("nobody", { Action: "iam:GetUser" });
  await signIn(page, who, address);
  await sees(page, await refusal("ListKeys", {}, who));
  assert.equal(await page.getByText("No customer managed keys").count(), 0);
  await button("Retry").first().waitFor();
  await accessible(page);
  await go(page, "/console/us-east-1/kms/aws-managed");
  await sees(page, await refusal("ListAliases", {}, who));
  assert.equal(await page.getByText("No AWS managed keys").count(), 0);
  await accessible(page);
});
