// The credentials of a user: access keys and the password of the console.
import assert from "node:assert/strict";

import { controls } from "./lib/iam.js";
import { accessible, fillSignIn, newContext, sees, setup, signIn, test } from "./lib/world.js";

const { page, iam, sts } = await setup();
const { dialog, button } = controls(page);

test("an access key is created, works, is deactivated and deleted", async () => {
  await iam("CreateUser", { UserName: "alice", Path: "/ops/" });
  await iam("CreateLoginProfile", { UserName: "alice", Password: "Correct-horse-7" });
  await signIn(page, undefined, "/console/us-east-1/iam/users/alice");
  await page.getByRole("tab", { name: "Security credentials" }).click();
  await sees(page, "No access keys");
  await button("Create access key").click();
  await dialog().getByRole("button", { name: "Create access key" }).click();
  await sees(page, "This is the only time that the secret access key can be viewed or downloaded.");
  await accessible(page);
  const [file] = await Promise.all([page.waitForEvent("download"), dialog().getByRole("button", { name: "Download .csv file" }).click()]);
  assert.equal(file.suggestedFilename(), "alice_accessKeys.csv");
  const chunks = [];
  for await (const c of await file.createReadStream()) chunks.push(c);
  const [accessKeyId, secretAccessKey] = Buffer.concat(chunks).toString().split("\r\n")[1].split(",");
  await dialog().getByRole("button", { name: "Show secret access key" }).click();
  await dialog().getByText(secretAccessKey, { exact: true }).waitFor();
  const as = { credentials: { accessKeyId, secretAccessKey } };
  assert.match((await sts("GetCallerIdentity", {}, as)).Arn, /user\/ops\/alice$/);
  await dialog().getByRole("button", { name: "Done" }).click();
  assert.equal(await page.getByText(secretAccessKey).count(), 0);
  await page.getByRole("radio", { name: `Select ${accessKeyId}` }).check();
  await button("Deactivate").click();
  await dialog().getByRole("button", { name: "Deactivate" }).click();
  await sees(page, `Access key ${accessKeyId} was deactivated.`);
  await assert.rejects(sts("GetCallerIdentity", {}, as));
  await button("Activate").click();
  await sees(page, `Access key ${accessKeyId} was activated.`);
  await button("Deactivate").click();
  await dialog().getByRole("button", { name: "Deactivate" }).click();
  await page.getByRole("gridcell", { name: "Inactive" }).waitFor();
  await button("Delete").last().click();
  await dialog().getByRole("textbox").fill(accessKeyId);
  await dialog().getByRole("button", { name: "Delete" }).click();
  await sees(page, `Access key ${accessKeyId} was deleted.`);
  assert.deepEqual((await iam("ListAccessKeys", { UserName: "alice" })).AccessKeyMetadata, []);
  await accessible(page);
});

test("a password is reset by chance, and must be changed at the next sign-in", async () => {
  await button("Reset password").click();
  await dialog().getByRole("button", { name: "Reset password" }).click();
  await sees(page, "The password of alice was changed.");
  await dialog().getByRole("button", { name: "Show password" }).click();
  const made = await dialog().locator("code").innerText();
  await dialog().getByRole("button", { name: "Close", exact: true }).last().click();
  await page.getByRole("button", { name: "Disable console access" }).waitFor();
  assert.equal((await iam("GetLoginProfile", { UserName: "alice" })).LoginProfile.PasswordResetRequired, true);
  const other = await newContext();
  await other.page.goto(page.url().split("/console/")[0] + "/console/");
  await fillSignIn(other.page, { userName: "alice", password: made });
  await sees(other.page, /must change your password|New password/);
  await other.context.close();
});

test("console access is disabled", async () => {
  await button("Disable console access").click();
  await accessible(page);
  await dialog().getByRole("button", { name: "Disable access" }).click();
  await sees(page, "Console access of alice was disabled.");
  await button("Enable console access").waitFor();
  await assert.rejects(iam("GetLoginProfile", { UserName: "alice" }), { name: /NoSuchEntity/ });
});
