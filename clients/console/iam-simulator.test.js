// The policy simulator: what is allowed and denied, by which statements, and what it cannot take.
import assert from "node:assert/strict";

import { controls, screens, hostile, document } from "./lib/iam.js";
import { account, accessible, eventually, go, sees, setup, signIn, test } from "./lib/world.js";

const { page, iam, kms } = await setup();
const { button, field, said } = controls(page);
const user = `arn:aws:iam::${account}:user/heidi`;
const act = async (...names) => {
  for (const name of names) {
    await page.getByRole("combobox", { name: "Actions" }).fill(name);
    await page.keyboard.press("Enter");
    await button(`Remove ${name}`).waitFor();
  }
};
const statements = (action) => page.getByRole("button", { name: new RegExp(`^\\d+ statements? matched ${action}$`) });
const decision = (action, what) => page.getByRole("row", { name: new RegExp(`${action}.*${what}`) }).waitFor();

test("what is missing is told beside its field", async () => {
  await iam("CreateUser", { UserName: "heidi" });
  await iam("CreateGroup", { GroupName: "keyholders" });
  await iam("AddUserToGroup", { UserName: "heidi", GroupName: "keyholders" });
  await iam("PutGroupPolicy", { GroupName: "keyholders", PolicyName: "use", PolicyDocument: document({ Sid: "Use", Effect: "Allow", Action: ["kms:Encrypt", "kms:Decrypt"], Resource: "*" }) });
  await iam("PutUserPolicy", {
    UserName: "heidi", PolicyName: "limits",
    PolicyDocument: document({ Sid: "Other", Effect: "Allow", Action: "kms:ListKeys", Resource: "*" }, { Sid: "No", Effect: "Deny", Action: "kms:Decrypt", Resource: "*", Condition: { StringEquals: { "kms:ViaService": hostile } } }),
  });
  await signIn(page, undefined, `${screens}/simulator`);
  await button("Run simulation").click();
  await sees(page, "Choose a user, group or role, or enter its ARN.");
  await sees(page, "Add at least one action.");
  await page.getByRole("combobox", { name: "Actions" }).fill("kms:*");
  await sees(page, "An action has a service and a name, such as kms:Decrypt, and no wildcards.");
  await field("Resources - optional").fill("my-key");
  await sees(page, "Enter ARNs, one a line, or * for all resources.");
  await sees(page, "Nothing was simulated. Correct the fields that have a message.");
  await accessible(page);
});

test("what a user may do is simulated from the user's own page", async () => {
  await go(page, `${screens}/users/heidi`);
  await button("Simulate").click();
  await eventually("the user is filled in", async () => (await page.getByRole("combobox", { name: "User, group or role" }).inputValue()) === user);
  await act("kms:Encrypt", "kms:Decrypt", "kms:CreateKey");
  await button("Run simulation").click();
  await decision("kms:Encrypt", "Allowed");
  await decision("kms:Decrypt", "Allowed.*kms:ViaService");
  await decision("kms:CreateKey", "Denied \\(implicit\\)");
  await statements("kms:Encrypt").click();
  const policy = page.getByLabel("Policy group_keyholders_use");
  await eventually("the statement is marked", async () => /"Sid": "Use"/.test(await policy.locator("mark").innerText()));
  await accessible(page);
});

test("context keys that the policies look at are found, and change what is decided", async () => {
  await button("Find keys in the policies").click();
  await eventually("the key is found", async () => (await field("Context key").inputValue()) === "kms:ViaService");
  await field("Value").fill(hostile);
  await button("Run simulation").click();
  await decision("kms:Decrypt", "Denied \\(explicit\\)");
  await statements("kms:Decrypt").click();
  const mark = page.getByLabel("Policy user_heidi_limits").locator("mark");
  await eventually("the denial alone is marked", async () => {
    const text = await mark.innerText();
    return text.includes('"Sid": "No"') && text.includes(hostile) && !text.includes('"Sid": "Other"') && text.startsWith("{") && text.endsWith("}");
  });
  await accessible(page);
});

test("a bad boundary is told, even if it was hidden, and a good one limits", async () => {
  await button("Remove context key kms:ViaService").click();
  await button("Permissions boundary - optional").click();
  const boundary = field("Boundary policy");
  await boundary.fill('{"Version": "2012-10-17", "Statement": [}');
  await said(boundary, /This is not valid JSON. Line 1, column 41/);
  await button("Permissions boundary - optional").click();
  await boundary.waitFor({ state: "hidden" });
  await button("Run simulation").click();
  await boundary.waitFor();
  await said(boundary, /This is not valid JSON/);
  await sees(page, "Nothing was simulated. Correct the fields that have a message.");
  await accessible(page);
  // What only the service knows to be wrong.
  await boundary.fill(document({ Effect: "Allow", Action: "kms:Encrypt", Resource: "my-key" }));
  await button("Permissions boundary - optional").click();
  await button("Run simulation").click();
  await boundary.waitFor();
  await said(boundary, /InvalidInput.*PermissionsBoundaryPolicyInputList.1 is not valid/);
  await boundary.fill(document({ Effect: "Allow", Action: "kms:Encrypt", Resource: "*" }));
  await button("Run simulation").click();
  await decision("kms:Encrypt", "Allowed");
  await decision("kms:Decrypt", "Denied \\(implicit\\).*Not allowed by the permissions boundary");
  await boundary.fill("");
});

test("a key's policy takes part", async () => {
  const { KeyMetadata } = await kms("CreateKey");
  const deny = document(
    { Sid: "Root", Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "kms:*", Resource: "*" },
    { Sid: "NotHer", Effect: "Deny", Principal: { AWS: user }, Action: "kms:Encrypt", Resource: "*" },
  );
  await field("Resources - optional").fill(KeyMetadata.Arn);
  await button("Caller and resource policy - optional").click();
  const text = field("Resource policy");
  await text.fill(document({ Effect: "Allow", Action: "kms:*", Resource: "*" }));
  await said(text, /it has no Principal/);
  await text.fill(deny);
  await button("Run simulation").click();
  await decision("kms:Encrypt", "Denied \\(explicit\\)");
  await decision("kms:Decrypt", "Allowed");
  await statements("kms:Encrypt").click();
  await eventually("the key policy's statement is marked", async () => /"Sid": "NotHer"/.test(await page.getByLabel("Policy Resource policy").locator("mark").innerText()));
  await accessible(page);
});

test("policies that are entered are simulated without anybody", async () => {
  await go(page, `${screens}/users`);
  await page.getByRole("heading", { level: 1, name: "Users" }).waitFor();
  await go(page, `${screens}/simulator?action=kms:ListKeys,kms:Sign`);
  await page.getByRole("radio", { name: "Policies that you enter" }).check();
  await button("Run simulation").click();
  await said(field("Policy 1"), /statement 1: Action must be a text, or a list of texts/);
  await field("Policy 1").fill(document({ Effect: "Allow", Action: "kms:List*", Resource: "*" }));
  await button("Run simulation").click();
  await decision("kms:ListKeys", "Allowed");
  await decision("kms:Sign", "Denied \\(implicit\\)");
  await statements("kms:ListKeys").click();
  await sees(page, "Policy 1 of the form");
  await accessible(page);
});
