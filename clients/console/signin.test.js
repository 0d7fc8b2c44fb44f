// needs: oidc
// How people get into the console, and how they leave it.
import assert from "node:assert/strict";

import { account, accessible, advance, credentials, eventually, expected, fillSignIn, go, newContext, oidc, sees, setup, signedIn, signIn, signOut, test, url } from "./lib/world.js";

const { page, iam, sns, cloudtrail } = await setup();
const password = "correct Horse 1";
const signInButton = page.getByRole("button", { name: "Sign in", exact: true });
const path = () => new URL(page.url()).pathname;
const allowAll = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] });

/** A user with a password, who may do everything. */
async function user(UserName, more = {}) {
  await iam("CreateUser", { UserName });
  await iam("CreateLoginProfile", { UserName, Password: password, ...more });
  await iam("PutUserPolicy", { UserName, PolicyName: "all", PolicyDocument: allowAll });
}

test("the page asks who one is, and nothing on it bars anybody", async () => {
  await page.goto(`${url}/console/`);
  await signInButton.waitFor();
  await accessible(page);
  await page.getByRole("tab", { name: "Access key" }).click();
  await accessible(page);
});

test("what is missing or cannot be is said beside its field, and not sent", async () => {
  await signInButton.click();
  await sees(page, "Enter the access key ID.");
  await sees(page, "Enter the secret access key.");
  await page.getByLabel("Access key ID").fill("short");
  await sees(page, "An access key ID has 16 to 128 letters and digits.");
  await page.getByRole("tab", { name: "IAM user" }).click();
  await signInButton.click();
  for (const text of ["Enter the account ID (12 digits) or its alias.", "Enter the user name.", "Enter the password."]) await sees(page, text);
  await accessible(page);
});

test("a wrong secret access key and an unknown access key are refused with the server's words", async () => {
  await page.reload();
  await fillSignIn(page, { ...credentials, secretAccessKey: "wrong".repeat(8) });
  await sees(page, "SignatureDoesNotMatch");
  await sees(page, "The request signature we calculated does not match the signature you provided.");
  await fillSignIn(page, { ...credentials, accessKeyId: "AKIAAAAAAAAAAAAAAAAA" });
  await sees(page, "InvalidClientTokenId");
  await sees(page, "The security token included in the request is invalid");
});

test("an access key signs in, and neither it nor the session is kept anywhere", async () => {
  const answered = page.waitForResponse(`${url}/signin/session`, { predicate: (r) => r.ok() });
  await fillSignIn(page);
  const { credentials: session } = await (await answered).json();
  await signedIn(page);
  await go(page, "/console/us-east-1/sns/topics");
  await page.getByRole("heading", { level: 1, name: /Topics/ }).waitFor();
  const kept = JSON.stringify([
    await page.evaluate(async () => [{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state, await indexedDB.databases(), await caches.keys()]),
    await page.context().cookies(), page.url(),
  ]);
  for (const secret of [credentials.accessKeyId, credentials.secretAccessKey, session.accessKeyId, session.secretAccessKey, session.sessionToken]) {
    assert.ok(secret.length > 15 && !kept.includes(secret), `${kept} has a secret`);
  }
});

test("a page that is loaded again and another tab ask for a sign-in", async () => {
  const tab = await page.context().newPage();
  await tab.goto(page.url());
  await tab.getByRole("button", { name: "Sign in", exact: true }).waitFor();
  await tab.close();
  await page.reload();
  await signInButton.waitFor();
});

test("the address of a screen leads there after the sign-in", async () => {
  await signIn(page, credentials, "/console/eu-west-1/sns/subscriptions?wanted=this");
  await page.getByRole("heading", { level: 1, name: /Subscriptions/ }).waitFor();
  assert.equal(page.url(), `${url}/console/eu-west-1/sns/subscriptions?wanted=this`);
  await signOut(page);
  assert.equal(path(), "/console/");
});

test("an IAM user signs in with a password, by the account's number or its alias", async () => {
  await user("ada");
  await iam("CreateAccountAlias", { AccountAlias: "analytical-engines" });
  await fillSignIn(page, { userName: "ada", password: "not that" });
  await sees(page, "AuthenticationFailed");
  await sees(page, "Your authentication information is incorrect. Please try again.");
  await fillSignIn(page, { userName: "nobody", password });
  await sees(page, "Your authentication information is incorrect. Please try again.");
  await fillSignIn(page, { userName: "ada", password });
  await page.getByRole("button", { name: "Account: ada @ analytical-engines" }).waitFor();
  await signOut(page);
  await fillSignIn(page, { account: "analytical-engines", userName: "ada", password });
  await page.getByRole("button", { name: "Account: ada @ analytical-engines" }).waitFor();
  await eventually("three attempts are on record", async () => {
    const { Events } = await cloudtrail("LookupEvents", { LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "ConsoleLogin" }] });
    const hers = Events.map((e) => JSON.parse(e.CloudTrailEvent)).filter((e) => e.userIdentity.userName === "ada");
    return hers.map((e) => e.responseElements.ConsoleLogin).join() === "Success,Success,Failure";
  });
  await signOut(page);
});

test("a password that must be changed is changed on the spot", async () => {
  await iam("UpdateAccountPasswordPolicy", { MinimumPasswordLength: 12, RequireNumbers: true });
  await user("grace", { PasswordResetRequired: true });
  await fillSignIn(page, { userName: "grace", password });
  await sees(page, "You must change your password to continue.");
  await accessible(page);
  const confirm = page.getByRole("button", { name: "Confirm password change" });
  await confirm.click();
  await sees(page, "Enter a new password.");
  const enter = async (next, again = next) => {
    await page.getByLabel("New password", { exact: true }).fill(next);
    await page.getByLabel("Retype new password").fill(again);
    await confirm.click();
  };
  await enter("another Horse 2", "another House 2");
  await sees(page, "The passwords differ.");
  await enter(password);
  await sees(page, "The new password must differ from the old one.");
  await enter("short 1");
  await sees(page, "PasswordPolicyViolation");
  await enter("another Horse 2");
  await page.getByRole("button", { name: "Account: grace @ analytical-engines" }).waitFor();
  assert.equal((await iam("GetLoginProfile", { UserName: "grace" })).LoginProfile.PasswordResetRequired ?? false, false);
  await signOut(page);
  await fillSignIn(page, { userName: "grace", password: "another Horse 2" });
  await signedIn(page);
  await signOut(page);
});

test("who guesses passwords is told to wait", async () => {
  await user("target");
  for (let i = 0; i < 10; i++) {
    const body = JSON.stringify({ account, userName: "target", password: `guess ${i}` });
    const res = await fetch(`${url}/signin/password`, { method: "POST", body, headers: { "content-type": "application/json" } });
    assert.equal(res.status, 401, await res.text());
  }
  await fillSignIn(page, { userName: "target", password });
  await sees(page, "ThrottlingException");
  await sees(page, "Too many attempts to sign in. Try again later.");
  await advance("10m");
  await fillSignIn(page, { userName: "target", password });
  await signedIn(page);
  await signOut(page);
});

test("an OpenID Connect provider vouches for people", async () => {
  const Action = "sts:AssumeRoleWithWebIdentity";
  const arn = (await iam("CreateOpenIDConnectProvider", { Url: oidc.issuer, ClientIDList: [oidc.client], ThumbprintList: [oidc.thumbprint] })).OpenIDConnectProviderArn;
  const trust = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Principal: { Federated: arn } }] };
  await iam("CreateRole", { RoleName: oidc.role, AssumeRolePolicyDocument: JSON.stringify(trust) });
  await iam("PutRolePolicy", { RoleName: oidc.role, PolicyName: "all", PolicyDocument: allowAll });
  const deep = "/console/eu-west-1/sns/topics?search=x";
  await page.goto(url + deep);
  await page.getByRole("button", { name: "Sign in with Company login" }).click();
  await page.getByLabel("E-mail").fill("emmy@example.com");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: /^Account: .*emmy@example\.com @ analytical-engines/ }).waitFor();
  assert.equal(page.url(), url + deep);
  await signOut(page);
});

test("who is refused by the provider comes back to the sign-in and reads why", async () => {
  await page.getByRole("button", { name: "Sign in with Company login" }).click();
  await page.getByRole("button", { name: "Refuse" }).click();
  await sees(page, "The provider did not sign you in: access_denied");
  await signInButton.waitFor();
  assert.equal(page.url(), `${url}/console/`);
});

test("an answer of a provider that nobody has asked for is not taken", async () => {
  await page.goto(`${url}/console/?code=stolen&state=unknown`);
  await signInButton.waitFor();
  assert.equal(await page.getByRole("button", { name: /^Account: / }).count(), 0);
});

test("a session that has expired returns to the sign-in, and the form of before is still there", async () => {
  await signIn(page, credentials, "/console/us-east-1/sns/topics/create");
  await page.getByLabel("Name", { exact: true }).fill("half-filled");
  await page.getByLabel("Display name - optional").fill("Half filled");
  await advance("13h");
  await page.getByRole("button", { name: "Create topic" }).click();
  await sees(page, "Your session has expired. Sign in again to go on where you were.");
  await accessible(page);
  assert.equal(await page.getByLabel("Name", { exact: true }).filter({ visible: true }).count(), 0);
  await fillSignIn(page);
  await signedIn(page);
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "half-filled");
  assert.equal(await page.getByLabel("Display name - optional").inputValue(), "Half filled");
  await page.getByRole("button", { name: "Create topic" }).click();
  await sees(page, "Topic half-filled was created.");
  assert.equal((await sns("ListTopics")).Topics.length, 1);
});

test("a session whose access key is switched off ends", async () => {
  await signOut(page);
  const { AccessKey } = await iam("CreateAccessKey", { UserName: "ada" });
  const key = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
  await signIn(page, key, "/console/us-east-1/sns/topics/create");
  await page.getByLabel("Name", { exact: true }).fill("of-ada");
  await iam("UpdateAccessKey", { UserName: "ada", AccessKeyId: key.accessKeyId, Status: "Inactive" });
  await page.getByRole("button", { name: "Create topic" }).click();
  await sees(page, "Sign in again to go on where you were.");
});

test("who signs in after somebody else does not see their form", async () => {
  await fillSignIn(page);
  await page.getByRole("button", { name: /^Account: root @/ }).waitFor();
  await page.getByRole("heading", { level: 1, name: "Create topic" }).waitFor();
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "");
  await signOut(page);
});

test("the keyboard alone signs in and goes to a screen", async () => {
  await page.goto(`${url}/console/us-east-1/sns/topics`);
  await signInButton.waitFor();
  const tabTo = async (locator, key = "Tab") => {
    for (let i = 0; i < 60; i++) {
      if (await locator.evaluateAll((all) => all.includes(document.activeElement))) return;
      await page.keyboard.press(key);
    }
    assert.fail(`${locator} cannot be reached by ${key}`);
  };
  await tabTo(page.getByRole("tab", { name: "IAM user" }));
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await tabTo(page.getByLabel("Access key ID"));
  await page.keyboard.type(credentials.accessKeyId);
  await tabTo(page.getByLabel("Secret access key"));
  await page.keyboard.type(credentials.secretAccessKey);
  await page.keyboard.press("Enter");
  await signedIn(page);
  await tabTo(page.getByRole("link", { name: "Subscriptions" }));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: /Subscriptions/ }).waitFor();
  assert.equal(path(), "/console/us-east-1/sns/subscriptions");
  await tabTo(page.getByRole("button", { name: /^Region: / }), "Shift+Tab");
  await page.keyboard.press("Enter");
  await tabTo(page.getByRole("menuitemcheckbox", { name: "us-east-2" }), "ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Region: us-east-2" }).waitFor();
  await tabTo(page.getByRole("button", { name: /^Account: / }));
  await page.keyboard.press("Enter");
  await tabTo(page.getByRole("menuitem", { name: "Sign out" }), "ArrowDown");
  await page.keyboard.press("Enter");
  await signInButton.waitFor();
});

test("no script runs in the page but the program's own, and no frame may hold it", async () => {
  const { headers } = await fetch(`${url}/console/us-east-1/kms/keys`);
  const policy = headers.get("content-security-policy");
  assert.match(policy, /(^|; )script-src 'self'(;|$)/);
  assert.match(policy, /(^|; )default-src 'none'(;|$)/);
  assert.match(policy, /(^|; )connect-src 'self'(;|$)/);
  assert.match(policy, /(^|; )frame-ancestors 'none'(;|$)/);
  expected(/CSP: script-src|inline script|inline event handler|evaluating a string/i);
  const refused = await page.evaluate(async () => {
    const seen = [];
    document.addEventListener("securitypolicyviolation", (e) => seen.push(e.violatedDirective));
    const script = document.createElement("script");
    script.textContent = "window.evil = 'script'";
    document.body.append(script);
    const image = document.createElement("img");
    image.setAttribute("onerror", "window.evil = 'handler'");
    image.src = "data:,";
    document.body.append(image);
    await new Promise((done) => image.addEventListener("error", done));
    await new Promise((done) => setTimeout(done));
    return { seen, evil: window.evil };
  });
  assert.equal(refused.evil, undefined);
  assert.deepEqual(refused.seen.sort(), ["script-src-attr", "script-src-elem"]);
});

test("people at two machines have sessions of their own", async () => {
  await signIn(page);
  const other = await newContext({ colorScheme: "dark" });
  await signIn(other.page, { userName: "grace", password: "another Horse 2" });
  await page.getByRole("button", { name: /^Account: root @/ }).waitFor();
  await other.page.getByRole("button", { name: /^Account: grace @/ }).waitFor();
  assert.equal(await other.page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "dark");
  await accessible(other.page);
});
