// Multi-Region keys: replicas are created, and the primary key moves to another Region.
import assert from "node:assert/strict";

import { accessible, eventually, sees, setup, signIn, test } from "./lib/world.js";

const { page, kms } = await setup();
const key = (await kms("CreateKey", { MultiRegion: true, Description: "<b>both</b>" })).KeyMetadata.KeyId;
await kms("CreateAlias", { AliasName: "alias/both", TargetKeyId: key });
const describe = async (region) => (await kms("DescribeKey", { KeyId: key }, { region })).KeyMetadata;
const button = (name) => page.getByRole("button", { name, exact: true });
const dialog = page.getByRole("dialog");
const next = () => button("Next").click();

test("a key of one Region has no other", async () => {
  await signIn(page, undefined, `/console/us-east-1/kms/keys/${key}?tab=regionality`);
  await sees(page, "Multi-Region primary");
  await sees(page, "us-east-1 (this key)");
  assert.ok(await button("Change primary Region").isDisabled());
  await accessible(page);
});

test("a replica key is created step by step", async () => {
  await button("Create new replica keys").click();
  await next();
  await sees(page, "Choose at least one Region.");
  assert.ok(await page.getByRole("checkbox", { name: /us-east-1/ }).isDisabled());
  await page.getByRole("checkbox", { name: /eu-west-1/ }).check();
  await accessible(page);
  await next();
  const alias = page.getByRole("textbox", { name: "Alias" });
  assert.equal(await alias.inputValue(), "both");
  await alias.fill("no spaces");
  await next();
  await sees(page, "An alias has letters, numbers");
  await alias.fill("both");
  assert.equal(await page.getByRole("textbox", { name: "Description" }).inputValue(), "<b>both</b>");
  for (const heading of [/^Key administrators/, /^Key users/, /^Key policy/, "Replica Regions"]) {
    await next();
    await page.getByRole("heading", { name: heading }).first().waitFor();
  }
  await accessible(page);
  await button("Finish").click();
  await sees(page, `A replica of key ${key} was created in eu-west-1 with alias both`);
  const replica = await describe("eu-west-1");
  assert.deepEqual([replica.MultiRegionConfiguration.MultiRegionKeyType, replica.Description], ["REPLICA", "<b>both</b>"]);
  assert.deepEqual((await kms("ListAliases", { KeyId: key }, { region: "eu-west-1" })).Aliases.map((a) => a.AliasName), ["alias/both"]);
  await page.getByRole("link", { name: "eu-west-1" }).waitFor();
  await accessible(page);
});

test("the primary key moves to the Region of a replica key", async () => {
  await eventually("the replica key is enabled", async () => (await describe("eu-west-1")).KeyState === "Enabled");
  await button("Change primary Region").click();
  await dialog.getByRole("button", { name: /New primary Region/ }).click();
  await page.getByRole("option", { name: "eu-west-1" }).click();
  await accessible(page);
  await dialog.getByRole("button", { name: "Change primary Region" }).click();
  await sees(page, `The primary key of ${key} is in eu-west-1 now`);
  assert.equal((await describe("us-east-1")).MultiRegionConfiguration.PrimaryKey.Region, "eu-west-1");
  await page.getByRole("heading", { name: "Replica key" }).waitFor();
  assert.equal(await button("Create new replica keys").count(), 0);
});

test("the key of another Region is one click away", async () => {
  await page.getByRole("link", { name: "eu-west-1" }).click();
  await page.getByRole("tab", { name: "Regionality" }).click();
  await page.getByRole("heading", { name: "Primary key" }).waitFor();
  assert.ok(page.url().includes("/eu-west-1/kms/keys/"));
  await eventually("the primary key is enabled", async () => (await describe("eu-west-1")).KeyState === "Enabled");
  await eventually("the console sees it", async () => button("Change primary Region").isEnabled());
});
