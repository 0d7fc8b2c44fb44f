// The settings of the account, and a person's own credentials.
import assert from "node:assert/strict";

import { controls, screens } from "./lib/iam.js";
import { account, accessible, eventually, fillSignIn, newContext, sees, setup, signIn, test } from "./lib/world.js";

const { page, iam, sts } = await setup();
const { dialog, button } = controls(page);
const password = "Correct-horse-7";

test("the account gets an alias and a password policy", async () => {
  await signIn(page, undefined, `${screens}/account`);
  await button("Create alias").click();
  await dialog().getByRole("textbox", { name: "Preferred alias" }).fill("Key-House");
  await sees(page, /An alias has lowercase letters, digits and single hyphens/);
  await dialog().getByRole("textbox", { name: "Preferred alias" }).fill("key-house");
  await dialog().getByRole("button", { name: "Save changes" }).click();
  await sees(page, "The account’s alias is key-house.");
  assert.deepEqual((await iam("ListAccountAliases")).AccountAliases, ["key-house"]);
  await button("Edit password policy").click();
  const length = dialog().getByRole("spinbutton", { name: "Minimum length" });
  await length.fill("5");
  await sees(page, "Enter a number from 6 to 128.");
  await length.fill("12");
  await dialog().getByRole("checkbox", { name: "Require at least one symbol" }).check();
  await dialog().getByRole("checkbox", { name: "Allow users to change their own password" }).check();
  await dialog().getByRole("spinbutton", { name: /Passwords remembered/ }).fill("3");
  await accessible(page);
  await dialog().getByRole("button", { name: "Save changes" }).click();
  await sees(page, "The password policy was changed.");
  await sees(page, /Must have at least 12 characters, a symbol/);
  await accessible(page);
  const p = (await iam("GetAccountPasswordPolicy")).PasswordPolicy;
  assert.deepEqual([p.MinimumPasswordLength, p.RequireSymbols, p.RequireNumbers, p.AllowUsersToChangePassword, p.PasswordReusePrevention], [12, true, false, true, 3]);
});

test("a user signs in by the alias and changes the own password and access keys", async () => {
  await iam("CreateUser", { UserName: "erin" });
  await iam("CreateLoginProfile", { UserName: "erin", Password: password });
  await iam("PutUserPolicy", { UserName: "erin", PolicyName: "own", PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "iam:*AccessKey*", Resource: `arn:aws:iam::${account}:user/\${aws:username}` }] }) });
  const other = await newContext();
  const p = other.page;
  await signIn(p, { account: "key-house", userName: "erin", password }, `${screens}/me`);
  await sees(p, `arn:aws:iam::${account}:user/erin`);
  await p.getByRole("button", { name: "Update console password" }).click();
  await accessible(p);
  const fill = async (old, next, again = next) => {
    await controls(p).dialog().getByRole("textbox", { name: "Current password" }).fill(old);
    await controls(p).dialog().getByRole("textbox", { name: "New password", exact: true }).fill(next);
    await controls(p).dialog().getByRole("textbox", { name: "Confirm new password" }).fill(again);
  };
  const update = controls(p).dialog().getByRole("button", { name: "Update password" });
  await fill(password, "short-1", "short");
  await sees(p, "The passwords differ.");
  // The user may not read the rules: nothing is claimed of them, and the service says what is wrong.
  assert.equal(await controls(p).dialog().getByText(/must have/i).count(), 0);
  await fill(password, "short-1");
  await update.click();
  await sees(p, "PasswordPolicyViolation");
  await fill("Wrong-horse-77", "Correct-horse-battery-8");
  await update.click();
  await sees(p, "AccessDenied");
  await fill(password, "Correct-horse-battery-8");
  await update.click();
  // The session began with the old password, and has ended with it.
  await sees(p, "Your session has ended. Sign in again to go on where you were.");
  await fillSignIn(p, { account: "key-house", userName: "erin", password: "Correct-horse-battery-8" });
  await sees(p, "Your password was changed.");
  assert.equal(new URL(p.url()).pathname, `${screens}/me`);
  await p.getByRole("button", { name: "Create access key" }).click();
  await controls(p).dialog().getByRole("button", { name: "Create access key" }).click();
  await controls(p).dialog().getByRole("button", { name: "Show secret access key" }).click();
  const secretAccessKey = await controls(p).dialog().locator("code").innerText();
  const [{ AccessKeyId: accessKeyId }] = (await iam("ListAccessKeys", { UserName: "erin" })).AccessKeyMetadata;
  assert.match((await sts("GetCallerIdentity", {}, { credentials: { accessKeyId, secretAccessKey } })).Arn, /user\/erin$/);
  await controls(p).dialog().getByRole("button", { name: "Done" }).click();
  await accessible(p);
  await p.getByRole("radio", { name: `Select ${accessKeyId}` }).check();
  await p.getByRole("button", { name: "Deactivate" }).click();
  await controls(p).dialog().getByRole("button", { name: "Deactivate" }).click();
  await sees(p, `Access key ${accessKeyId} was deactivated.`);
  await p.getByRole("button", { name: "Delete", exact: true }).click();
  await controls(p).dialog().getByRole("textbox").fill(accessKeyId);
  await controls(p).dialog().getByRole("button", { name: "Delete" }).click();
  await sees(p, `Access key ${accessKeyId} was deleted.`);
  assert.deepEqual((await iam("ListAccessKeys", { UserName: "erin" })).AccessKeyMetadata, []);
  await other.context.close();
});

test("alias and password policy are given up", async () => {
  await button("Delete alias").click();
  await sees(page, /Somebody else can take the alias/);
  await dialog().getByRole("button", { name: "Delete alias" }).click();
  await sees(page, "The alias key-house was deleted.");
  assert.deepEqual((await iam("ListAccountAliases")).AccountAliases, []);
  await button("Use the default policy").click();
  await accessible(page);
  await dialog().getByRole("button", { name: "Use the default" }).click();
  await sees(page, "The password policy is the default one.");
  await assert.rejects(iam("GetAccountPasswordPolicy"), { name: /NoSuchEntity/ });
  await eventually("the default is shown", async () => (await page.getByText("Default", { exact: true }).count()) > 0);
});
