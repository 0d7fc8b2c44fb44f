// The lists of keys: what they show, sorting, paging, and the choice of columns.
import assert from "node:assert/strict";

import { hostile, makeKeys } from "./lib/keys.js";
import { accessible, eventually, go, sees, setup, signIn, test } from "./lib/world.js";

const { page, kms } = await setup();
const address = "/console/us-east-1/kms/keys";
const keys = {}; // the IDs of keys by what they are
const button = (name) => page.getByRole("button", { name, exact: true });
const list = page.getByRole("grid", { name: "Customer managed keys" });
const row = (name) => list.getByRole("row").filter({ has: page.getByRole("rowheader", { name: keys[name], exact: true }) });
const search = page.getByRole("combobox", { name: "Filter keys" });
/** The head of a column where it can be seen: it stays in view over the table's own. */
const header = (name) => page.getByText(name, { exact: true }).filter({ visible: true }).first();
const headers = async (table = list) => (await table.getByRole("columnheader").allInnerTexts()).map((t) => t.trim()).filter(Boolean);

/** Types a search in the words that a person sees. */
async function type(text) {
  await search.fill(text);
  await page.keyboard.press("Enter");
}

test("lists without keys say what to do next", async () => {
  await signIn(page, undefined, address);
  await sees(page, "No customer managed keys");
  await sees(page, "Create a key to encrypt, sign or authenticate data with.");
  await accessible(page);
  await go(page, "/console/us-east-1/kms/aws-managed");
  await sees(page, "No AWS managed keys");
  await sees(page, "AWS managed keys are created when a service first uses one in your account.");
  await accessible(page);
  await go(page, address);
  await page.getByRole("grid").getByRole("button", { name: "Create key" }).click();
  await page.getByRole("heading", { name: "Configure key" }).first().waitFor();
});

test("customer managed keys are listed in the columns of AWS", async () => {
  Object.assign(keys, await makeKeys(kms, 18));
  await go(page, address);
  await sees(page, "(25)");
  assert.deepEqual(await headers(), ["Aliases", "Key ID", "Status", "Key type", "Key spec", "Key usage"]);
  await header("Aliases").click();
  await row("signing").getByText("Disabled", { exact: true }).waitFor();
  for (const [name, ...words] of [
    ["many", "app/many-00 +11", "Enabled", "Symmetric", "SYMMETRIC_DEFAULT", "Encrypt and decrypt"],
    ["signing", "signing", "Disabled", "Asymmetric", "ECC_NIST_P256", "Sign and verify"],
    ["mac", "app/mac", "Enabled", "Symmetric", "HMAC_256", "Generate and verify MAC"],
    ["regions", "regions", "Enabled", "Symmetric", "SYMMETRIC_DEFAULT", "Encrypt and decrypt"],
  ]) {
    await row(name).getByText(words.at(-1), { exact: true }).waitFor();
    const cells = await row(name).getByRole("gridcell").allInnerTexts();
    const [alias, ...others] = cells.map((c) => c.replace(/\s+/g, " ").trim()).filter(Boolean);
    assert.deepEqual([alias, ...others], words);
  }
  await accessible(page);
});

test("all aliases of a key are one click away, and lead to it", async () => {
  await row("many").getByRole("button", { name: "11 more aliases" }).click();
  await sees(page, "12 aliases");
  for (const i of ["01", "11"]) await sees(page, `app/many-${i}`);
  await accessible(page);
  await button("Close").filter({ visible: true }).last().click();
  await row("many").getByRole("link", { name: "app/many-00" }).click();
  await page.getByRole("heading", { level: 1, name: keys.many }).waitFor();
  await go(page, address);
});

test("keys are sorted by a column, both ways", async () => {
  const ids = Object.values(keys).sort();
  const first = async () => (await list.getByRole("rowheader").first().innerText()).trim();
  await sees(page, "(25)");
  await header("Key ID").click();
  await list.locator("[aria-sort=ascending]").waitFor();
  await eventually("the first key is the first", async () => (await first()) === ids[0]);
  await header("Key ID").click();
  await eventually("the last key is the first", async () => (await first()) === ids.at(-1));
  assert.equal(new URL(page.url()).searchParams.get("sort"), "-id");
});

test("pages have as many keys as was chosen, and columns too, still after the next sign-in", async () => {
  const pages = page.getByRole("list", { name: "Pages of keys" });
  await eventually("20 rows", async () => (await list.getByRole("rowheader").count()) === 20);
  await pages.getByRole("button", { name: "Next page" }).click();
  await eventually("5 rows", async () => (await list.getByRole("rowheader").count()) === 5);
  assert.equal(new URL(page.url()).searchParams.get("page"), "2");
  await button("Preferences").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: "10 keys" }).check();
  for (const name of ["Description", "Tags", "Creation date", "Regionality"]) await dialog.getByRole("checkbox", { name, exact: true }).check();
  await dialog.getByRole("checkbox", { name: "Key usage", exact: true }).uncheck();
  await accessible(page);
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await eventually("10 rows", async () => (await list.getByRole("rowheader").count()) === 10);
  const chosen = ["Aliases", "Key ID", "Status", "Key type", "Key spec", "Regionality", "Creation date", "Description", "Tags"];
  assert.deepEqual(await headers(), chosen);
  await signIn(page, undefined, `${address}?page=3`);
  await eventually("the last 5 keys", async () => (await list.getByRole("rowheader").count()) === 5);
  assert.deepEqual(await headers(), chosen);
  await pages.getByRole("button", { name: "Page 1" }).click();
  await eventually("the first 10 keys", async () => (await list.getByRole("rowheader").count()) === 10);
});

test("hostile words in descriptions, tags and aliases are words", async () => {
  // The API takes no such aliases and tags; the console does not rely on it.
  await page.route("**/", async (route) => {
    const target = route.request().headers()["x-amz-target"] ?? "";
    if (!/\.(ListAliases|ListResourceTags)$/.test(target)) return route.fallback();
    const response = await route.fetch();
    const body = (await response.text()).replaceAll("alias/app/many-00", `alias/${hostile}`).replaceAll('"Blue"', JSON.stringify(hostile));
    return route.fulfill({ response, body });
  });
  await go(page, `${address}?filter=${encodeURIComponent(JSON.stringify({ tokens: [{ propertyKey: "id", operator: "=", value: keys.many }], operation: "and" }))}`);
  await button("Refresh keys").click();
  await row("many").getByRole("link", { name: hostile }).waitFor();
  await row("many").getByRole("gridcell", { name: hostile, exact: true }).waitFor();
  await row("many").getByRole("gridcell", { name: `Team: ${hostile}` }).waitFor();
  await accessible(page);
  await page.unroute("**/");
});

test("AWS managed keys have a list of their own", async () => {
  for (const service of ["s3", "ebs"]) await kms("DescribeKey", { KeyId: `alias/aws/${service}` });
  await go(page, "/console/us-east-1/kms/aws-managed");
  const managed = page.getByRole("grid", { name: "AWS managed keys" });
  await managed.getByRole("link", { name: "aws/s3" }).waitFor();
  await sees(page, "(2)");
  assert.deepEqual(await headers(managed), ["Aliases", "Key ID", "Status", "Creation date"]);
  assert.equal(await managed.getByRole("checkbox").count(), 0);
  assert.equal(await button("Key actions").count(), 0);
  await type("Alias : ebs");
  await sees(page, "1 match");
  assert.equal(await managed.getByRole("rowheader").count(), 1);
  await accessible(page);
  await managed.getByRole("link", { name: "aws/ebs" }).click();
  await page.getByRole("heading", { level: 1, name: (await kms("DescribeKey", { KeyId: "alias/aws/ebs" })).KeyMetadata.KeyId }).waitFor();
  await go(page, address);
  await sees(page, "(25)"); // and not among the customer's
});
