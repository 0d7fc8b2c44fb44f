// Searching the list of keys by their properties.
import assert from "node:assert/strict";

import { hostile, makeKeys } from "./lib/keys.js";
import { accessible, eventually, sees, setup, signIn, test } from "./lib/world.js";

const { page, kms } = await setup();
const address = "/console/us-east-1/kms/keys";
const keys = await makeKeys(kms, 3);
const button = (name) => page.getByRole("button", { name, exact: true });
const list = page.getByRole("grid", { name: "Customer managed keys" });
const search = page.getByRole("combobox", { name: "Filter keys" });

/** Waits until the list shows these keys, and no others. */
async function shows(...names) {
  const want = names.map((n) => keys[n]).sort().join();
  let got;
  await eventually(`the list has ${names}`, async () => (got = (await list.getByRole("rowheader").allInnerTexts()).map((t) => t.trim()).sort().join()) === want).catch((e) => assert.equal(got, want, e.message));
}

/** Types a search in the words that a person sees, beside what is searched for already. */
async function type(text) {
  await search.fill(text);
  await page.keyboard.press("Enter");
}

async function clear() {
  await button("Clear filters").click();
  await button("Clear filters").waitFor({ state: "detached" });
}

test("keys are found by a property that is chosen, its operator and value", async () => {
  await signIn(page, undefined, address);
  await sees(page, "(10)");
  await search.click();
  await page.getByRole("option", { name: "Status", exact: true }).click();
  await page.getByRole("option", { name: /^Status\s*=/ }).click();
  await page.getByRole("option", { name: /Pending deletion/ }).click();
  await shows("dying");
  await sees(page, "1 match");
  await accessible(page);
  await clear();
});

for (const [what, text, ...names] of [
  ["their state", "Status = Disabled", "signing"],
  ["the state of those without material", "Status = Pending import", "imported"],
  ["an alias", "Alias : app/", "many", "mac"],
  ["another alias than the first", "Alias = app/many-07", "many"],
  ["a tag key", "Tag key = Team", "many", "signing"],
  ["a tag value", "Tag value : blu", "many", "mac"],
  ["their spec", "Key spec = HMAC_256", "mac"],
  ["the beginning of a spec", "Key spec ^ ECC", "signing"],
  ["their usage", "Key usage = Sign and verify", "signing"],
  ["their type", "Key type = Asymmetric", "signing", "rsa"],
  ["their origin", "Origin = External (Import key material)", "imported"],
  ["their Regionality", "Regionality = Multi-Region primary", "regions"],
  ["a hostile description", `Description : ${hostile}`, "many"],
]) {
  test(`keys are found by ${what}`, async () => {
    await type(text);
    await shows(...names);
    await sees(page, `${names.length} match${names.length === 1 ? "" : "es"}`);
    await clear();
  });
}

test("searches are joined by and, or by or", async () => {
  await type("Tag value = Blue");
  await type("Alias : many");
  await shows("many");
  await button("and").or(page.getByRole("button", { name: /Boolean Operator/i })).first().click();
  await page.getByRole("option", { name: "or", exact: true }).click();
  await shows("many", "mac");
  await clear();
});

test("a free text is searched for in key IDs and aliases", async () => {
  await type(keys.rsa.slice(0, 13));
  await shows("rsa");
  await clear();
  await type("sign");
  await shows("signing");
  await clear();
  await type(hostile);
  await sees(page, "No matches");
  await sees(page, hostile);
  await accessible(page);
  await button("Clear filter").click();
  await sees(page, "(10)");
});

test("the search and the order are in the address, which is a deep link", async () => {
  await type("Tag key = Team");
  await shows("many", "signing");
  const query = new URL(page.url()).searchParams;
  assert.deepEqual(JSON.parse(query.get("filter")), { tokens: [{ propertyKey: "tagKey", operator: "=", value: "Team" }], operation: "and" });
  assert.equal(query.get("sort"), null);
  const filter = JSON.stringify({ tokens: [{ propertyKey: "alias", operator: ":", value: "app/" }, { propertyKey: "spec", operator: "!=", value: "HMAC_256" }], operation: "and" });
  await signIn(page, undefined, `${address}?filter=${encodeURIComponent(filter)}&sort=-alias`);
  await shows("many");
  await sees(page, "1 match");
  await list.getByRole("columnheader", { name: "Aliases" }).and(page.locator("[aria-sort=descending]")).waitFor();
});
