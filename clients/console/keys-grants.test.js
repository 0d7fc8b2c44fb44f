// Grants of a key: made, found, looked at, retired and revoked.
import assert from "node:assert/strict";

import { accessible, account, go, sees, setup, signIn, test } from "./lib/world.js";

const { page, kms, iam } = await setup();
const key = (await kms("CreateKey", {})).KeyMetadata;
const signing = (await kms("CreateKey", { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" })).KeyMetadata;
await iam("CreateUser", { UserName: "alice" });
await iam("CreateUser", { UserName: "bob" });
const arn = (user) => `arn:aws:iam::${account}:user/${user}`;
const bobs = []; // the grants to bob that are made by the hundred
const grants = async () => (await kms("ListGrants", { KeyId: key.KeyId })).Grants;
const tab = (id) => `/console/us-east-1/kms/keys/${id}?tab=grants`;
const dialog = page.getByRole("dialog");
/** The box of an operation; its name may have the name of the whole field in it. */
const operation = (name) => dialog.getByRole("checkbox", { name: new RegExp(`(^|\\s)${name}(\\s|$)`) });
/** Leaves the key, so that its screen is made anew from its next address. */
async function away() {
  await go(page, "/console/us-east-1/kms/keys");
  await page.getByRole("heading", { name: /^Customer managed keys/ }).first().waitFor();
}
const button = (name) => page.getByRole("button", { name, exact: true });

test("a key without grants says what they are for", async () => {
  await signIn(page, undefined, tab(key.KeyId));
  await sees(page, "This key has no grants.");
  await accessible(page);
});

test("what is wrong with a grant is told beside its fields", async () => {
  await button("Create grant").first().click();
  await dialog.getByRole("button", { name: "Create grant" }).click();
  await sees(page, "Enter the grantee principal.");
  await sees(page, "Select at least one operation.");
  await dialog.getByLabel("Grant name - optional").fill("no spaces");
  await sees(page, "A name has 1 to 256 letters, numbers");
  await dialog.getByLabel("Grantee principal").fill(`arn:aws:iam::${account}:group/people`);
  await sees(page, "A group can’t have a grant.");
  await dialog.getByRole("radio", { name: "Encryption context subset" }).check();
  await sees(page, "Add at least one pair.");
  await accessible(page);
  assert.deepEqual(await grants(), []);
});

test("a grant with a constraint is created, and its token shown once", async () => {
  await dialog.getByLabel("Grant name - optional").fill("for-alice");
  await dialog.getByLabel("Grantee principal").fill(arn("alice"));
  await dialog.getByLabel("Retiring principal - optional").fill(arn("bob"));
  await page.getByRole("option", { name: arn("bob"), exact: true }).click();
  await operation("Decrypt").check();
  await operation("GenerateDataKey").check();
  await dialog.getByRole("button", { name: "Add pair" }).click();
  await dialog.getByRole("textbox", { name: "Key", exact: true }).fill("Department");
  await dialog.getByRole("textbox", { name: "Value", exact: true }).fill("<img src=x onerror=alert(1)>");
  await dialog.getByRole("button", { name: "Create grant" }).click();
  await sees(page, "Grant token");
  await accessible(page);
  const [made] = await grants();
  assert.deepEqual(
    [made.Name, made.GranteePrincipal, made.RetiringPrincipal, [...made.Operations].sort(), made.Constraints],
    ["for-alice", arn("alice"), arn("bob"), ["Decrypt", "GenerateDataKey"], { EncryptionContextSubset: { Department: "<img src=x onerror=alert(1)>" } }],
  );
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
});

test("the details of a grant have an address, and hostile words are words", async () => {
  const [made] = await grants();
  await page.getByRole("link", { name: made.GrantId }).click();
  await sees(page, "Department = <img src=x onerror=alert(1)>");
  assert.equal(new URL(page.url()).searchParams.get("grant"), made.GrantId);
  await accessible(page);
  await button("Close details").click();
});

test("all pages of grants are listed, and are filtered by grantee and operations", async () => {
  for (let i = 0; i < 105; i++) bobs.push(await kms("CreateGrant", { KeyId: key.KeyId, GranteePrincipal: arn("bob"), Operations: i === 50 ? ["Encrypt"] : ["Decrypt"], Name: `g${i}` }));
  await button("Refresh grants").click();
  await sees(page, "(106)");
  const query = { operation: "and", tokens: [{ propertyKey: "grantee", operator: "=", value: arn("bob") }, { propertyKey: "allowed", operator: ":", value: "Encrypt" }] };
  await away();
  await go(page, `${tab(key.KeyId)}&grants=${encodeURIComponent(JSON.stringify(query))}`);
  await sees(page, "1 match");
  await sees(page, "g50");
});

test("a grant is retired by somebody who may", async () => {
  const made = (await grants()).find((g) => g.Name === "for-alice") ?? (await kms("ListGrants", { KeyId: key.KeyId, GranteePrincipal: arn("alice") })).Grants[0];
  await away();
  await go(page, `${tab(key.KeyId)}&grant=${made.GrantId}`);
  await button("Retire this grant").click();
  const retire = dialog.getByRole("button", { name: "Retire grant" });
  await sees(page, "A grant is retired by its retiring principal");
  await retire.click();
  await sees(page, `Grant ${made.GrantId} retired`);
  assert.deepEqual((await kms("ListGrants", { KeyId: key.KeyId, GrantId: made.GrantId }).catch((e) => ({ Grants: e.name === "InvalidGrantIdException" || e.name === "NotFoundException" ? [] : [e] }))).Grants, []);
});

test("grants are revoked after a question", async () => {
  const gone = bobs.slice(1, 3).map((g) => g.GrantId);
  const query = { operation: "or", tokens: gone.map((value) => ({ propertyKey: "GrantId", operator: "=", value })) };
  await away();
  await go(page, `${tab(key.KeyId)}&grants=${encodeURIComponent(JSON.stringify(query))}`);
  for (const id of gone) await page.getByRole("checkbox", { name: `Select ${id}` }).check();
  await button("Revoke").click();
  await accessible(page);
  await dialog.getByRole("button", { name: "Revoke grants" }).click();
  await dialog.waitFor({ state: "hidden" });
  await sees(page, new RegExp(`Grant (${gone.join("|")}) revoked`)); // the last one stands above the other
  assert.equal((await kms("ListGrants", { KeyId: key.KeyId, Limit: 100 })).Grants.filter((g) => gone.includes(g.GrantId)).length, 0);
});

test("the operations to choose from are those of the key", async () => {
  await go(page, `${tab(signing.KeyId)}&grant=new`);
  await operation("Sign").waitFor();
  assert.equal(await dialog.getByRole("checkbox").count(), 6);
  for (const name of ["Sign", "Verify", "GetPublicKey", "DescribeKey", "CreateGrant", "RetireGrant"]) assert.equal(await operation(name).count(), 1, name);
});
