// What is done to keys from their list, to one and to several.
import assert from "node:assert/strict";

import { accessible, sees, setup, signIn, test } from "./lib/world.js";

const { page, kms } = await setup();
const address = "/console/us-east-1/kms/keys";
const keys = [];
for (let i = 0; i < 4; i++) keys.push((await kms("CreateKey", { Description: `number ${i}` })).KeyMetadata.KeyId);
await kms("CreateAlias", { AliasName: "alias/zero", TargetKeyId: keys[0] });
const button = (name) => page.getByRole("button", { name, exact: true });
const dialog = page.getByRole("dialog");
const inDialog = (name) => dialog.getByRole("button", { name, exact: true });
const list = page.getByRole("grid", { name: "Customer managed keys" });
const row = (i) => list.getByRole("row").filter({ has: page.getByRole("rowheader", { name: keys[i], exact: true }) });
const describe = async (i) => (await kms("DescribeKey", { KeyId: keys[i] })).KeyMetadata;
const states = () => Promise.all(keys.map(async (_, i) => (await describe(i)).KeyState));
const tags = async (i) => Object.fromEntries((await kms("ListResourceTags", { KeyId: keys[i] })).Tags.map((t) => [t.TagKey, t.TagValue]));
const closed = () => dialog.waitFor({ state: "hidden" });
const status = (i, text) => row(i).getByText(text, { exact: true }).waitFor();

/** Selects these keys and no others. */
async function select(...wanted) {
  for (const i of keys.keys()) await row(i).getByRole("checkbox").setChecked(wanted.includes(i));
}

async function action(name) {
  await button("Key actions").click();
  await page.getByRole("menuitem", { name, exact: true }).click();
}

/** Closes the menu: Escape would first close the reason why an action is disabled. */
async function close() {
  await button("Key actions").click();
  await page.getByRole("menuitem").first().waitFor({ state: "hidden" });
}

/** The actions of the menu that can be chosen now. */
async function possible() {
  await button("Key actions").click();
  const items = await page.getByRole("menuitem").all();
  const able = [];
  for (const i of items) if ((await i.getAttribute("aria-disabled")) !== "true") able.push((await i.innerText()).trim());
  await close();
  return able;
}

test("what cannot be done says why", async () => {
  await signIn(page, undefined, address);
  await status(3, "Enabled");
  assert.deepEqual(await possible(), []);
  await select(0);
  assert.deepEqual(await possible(), ["Disable", "Schedule key deletion", "Add or edit tags", "Add or edit aliases"]);
  await button("Key actions").click();
  await page.getByRole("menuitem", { name: "Enable", exact: true }).hover();
  await sees(page, "Only disabled keys can be enabled.");
  await accessible(page);
  await close();
});

test("one key is disabled and enabled", async () => {
  await action("Disable");
  await sees(page, /While it is disabled, the key can’t be used/);
  await accessible(page);
  await inDialog("Disable").click();
  await sees(page, `Key ${keys[0]} was disabled`);
  await status(0, "Disabled");
  assert.deepEqual(await states(), ["Disabled", "Enabled", "Enabled", "Enabled"]);
  await action("Enable");
  await inDialog("Enable").click();
  await sees(page, `Key ${keys[0]} was enabled`);
  await status(0, "Enabled");
});

test("several keys are disabled, and the one that was not is named", async () => {
  await select(0, 1, 2);
  await action("Disable");
  for (const i of [0, 1, 2]) await dialog.getByText(keys[i]).waitFor();
  await kms("ScheduleKeyDeletion", { KeyId: keys[2] }); // by somebody else, meanwhile
  await inDialog("Disable").click();
  await sees(page, "2 keys were disabled");
  await sees(page, new RegExp(`${keys[2]} was not changed. KMSInvalidStateException`));
  assert.deepEqual(await states(), ["Disabled", "Disabled", "PendingDeletion", "Enabled"]);
  await status(2, "Pending deletion");
  await kms("CancelKeyDeletion", { KeyId: keys[2] });
  await button("Refresh keys").click();
  await status(2, "Disabled");
});

test("several keys are enabled", async () => {
  await select(0, 1, 2);
  assert.deepEqual(await possible(), ["Enable", "Schedule key deletion", "Add or edit tags", "Add or edit aliases"]);
  await action("Enable");
  await inDialog("Enable").click();
  await sees(page, "3 keys were enabled");
  assert.deepEqual(await states(), ["Enabled", "Enabled", "Enabled", "Enabled"]);
});

test("tags are added to several keys, which keep their others", async () => {
  await kms("TagResource", { KeyId: keys[1], Tags: [{ TagKey: "Own", TagValue: "kept" }, { TagKey: "Team", TagValue: "Green" }] });
  await select(0, 1);
  await action("Add or edit tags");
  await inDialog("Save changes").click();
  await sees(page, "Enter a tag key.");
  await dialog.getByRole("textbox", { name: "Tag key" }).fill("Team");
  await dialog.getByRole("textbox", { name: "Tag value - optional" }).fill("Blue");
  await accessible(page);
  await inDialog("Save changes").click();
  await sees(page, "Tags were added to 2 keys");
  assert.deepEqual([await tags(0), await tags(1), await tags(2)], [{ Team: "Blue" }, { Own: "kept", Team: "Blue" }, {}]);
});

test("aliases of several keys are added and removed", async () => {
  await select(0, 1);
  await action("Add or edit aliases");
  const name = (i) => dialog.getByRole("textbox", { name: `New alias of key ${keys[i]}` });
  await name(0).fill("same");
  await name(1).fill("same");
  await sees(page, "Two keys cannot have the same alias.");
  await name(1).fill("no spaces");
  await sees(page, "An alias has letters, numbers");
  assert.ok(await inDialog("Save changes").isDisabled());
  await name(1).fill("one");
  await inDialog("Remove alias zero").click();
  await accessible(page);
  await inDialog("Save changes").click();
  await sees(page, "Alias zero was deleted");
  await closed();
  const named = async (i) => (await kms("ListAliases", { KeyId: keys[i] })).Aliases.map((a) => a.AliasName);
  assert.deepEqual([await named(0), await named(1)], [["alias/same"], ["alias/one"]]);
  await row(0).getByRole("link", { name: "same", exact: true }).waitFor();
  await row(1).getByRole("link", { name: "one", exact: true }).waitFor();
});

test("the deletion of several keys is scheduled after the confirmation that names their number", async () => {
  await select(1, 2, 3);
  await action("Schedule key deletion");
  await sees(page, `${keys[1]}: not used since`);
  await dialog.getByRole("spinbutton", { name: "Waiting period (in days)" }).fill("8");
  assert.ok(await inDialog("Schedule deletion").isDisabled());
  await dialog.getByRole("checkbox", { name: "Confirm that you want to schedule these 3 keys for deletion after a 8 day waiting period." }).check();
  await accessible(page);
  await inDialog("Schedule deletion").click();
  await sees(page, "3 keys are scheduled for deletion");
  assert.deepEqual(await states(), ["Enabled", "PendingDeletion", "PendingDeletion", "PendingDeletion"]);
  assert.equal(Math.round(((await describe(3)).DeletionDate - Date.now()) / 86_400_000), 8);
  await status(3, "Pending deletion");
});

test("their deletion is canceled, which leaves them disabled", async () => {
  assert.deepEqual(await possible(), ["Cancel key deletion", "Add or edit aliases"]);
  await action("Cancel key deletion");
  await accessible(page);
  await inDialog("Cancel key deletion").click();
  await sees(page, /3 keys/);
  assert.deepEqual(await states(), ["Enabled", "Disabled", "Disabled", "Disabled"]);
  await status(3, "Disabled");
});
