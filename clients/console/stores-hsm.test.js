// needs: hsm
// A cluster of HSMs from its making to the backups that may still have the material of a key
// that was deleted, and the key store in between.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

import { accessible, advance, eventually, go, operator, sees, setup, signIn, test } from "./lib/world.js";

const { page, kms, cloudhsm, cloudtrail } = await setup();

const dir = fs.mkdtempSync(path.join(process.env.CONSOLE_DIR, "cluster-"));
const file = (name) => path.join(dir, name);
const button = (name) => page.getByRole("button", { name, exact: true });
const field = (name) => page.getByLabel(name, { exact: true });
const dialog = () => page.getByRole("dialog");
const hostile = "<img src=x onerror=alert(1)>";
const clusters = "/console/us-east-1/cloudhsm/clusters";
let cluster;
let store;
const keys = {};

const describe = async () => (await cloudhsm("DescribeClusters", { Filters: { clusterIds: [cluster] } })).Clusters[0];
const active = async (state, hsms) => eventually(`the cluster is ${state} with ${hsms} HSMs`, async () => {
  const c = await describe();
  return c.State === state && c.Hsms.filter((h) => h.State === "ACTIVE").length === hsms;
});

test("a cluster is created", async () => {
  await signIn(page, undefined, clusters);
  await sees(page, "No clusters");
  await accessible(page);
  await page.getByRole("button", { name: "Create cluster" }).first().click();
  await field("Backup retention period in days").fill("6");
  await sees(page, "Enter a number of days between 7 and 379.");
  await field("Backup retention period in days").fill("100");
  await page.getByRole("textbox", { name: /Subnet ID/ }).first().fill("net");
  await sees(page, /A subnet ID is subnet- and/);
  await page.getByRole("textbox", { name: /Subnet ID/ }).first().fill("subnet-0123456789abcdef0");
  await accessible(page);
  await button("Create cluster").click();
  await page.waitForURL(/\/cloudhsm\/clusters\/cluster-/);
  cluster = page.url().match(/cluster-\w+/)[0];
  const c = await describe();
  assert.deepEqual([c.BackupRetentionPolicy.Value, Object.keys(c.SubnetMapping).length], ["100", 2]);
});

async function addHsm() {
  await button("Create HSM").and(page.locator(":not([aria-disabled=true])")).click();
  await dialog().getByRole("button", { name: "Create", exact: true }).click();
  await sees(page, /is being created in us-east-1/);
}

test("its first HSM brings the certificate signing request", async () => {
  await sees(page, "Next: create an HSM");
  await addHsm();
  await active("UNINITIALIZED", 1);
  await sees(page, "Next: initialize the cluster");
  await accessible(page);
});

test("it is initialized with certificates that its owner signed", async () => {
  await button("Initialize").click();
  const [download] = await Promise.all([page.waitForEvent("download"), button("Cluster CSR").click()]);
  fs.copyFileSync(await download.path(), file("cluster.csr"));
  await promisify(execFile)("sh", ["-euc", `
    openssl req -x509 -newkey rsa:2048 -nodes -days 3652 -subj "/CN=HSM owner" -keyout customerCA.key -out customerCA.crt 2>/dev/null
    openssl x509 -req -days 3652 -in cluster.csr -CA customerCA.crt -CAkey customerCA.key -CAcreateserial -out cluster.crt 2>/dev/null`], { cwd: dir });
  await button("Initialize").click();
  await sees(page, "Upload or paste the signed cluster certificate.");
  await page.locator('input[type="file"]').nth(0).setInputFiles(file("cluster.csr"));
  await sees(page, /This is the certificate signing request/);
  await page.locator('input[type="file"]').nth(1).setInputFiles(file("customerCA.key"));
  await sees(page, /This is a private key/);
  await accessible(page);
  await field("Cluster certificate").fill(fs.readFileSync(file("cluster.crt"), "utf8"));
  await field("Issuing certificate").fill(fs.readFileSync(file("customerCA.crt"), "utf8"));
  await button("Initialize").click();
  await sees(page, /is being initialized/);
  await active("INITIALIZED", 1);
  await sees(page, "Next: activate the cluster");
  await sees(page, new RegExp(`keystead hsm activate ${cluster}`));
});

test("a cluster that is not active can't be chosen for a key store, and says why", async () => {
  await go(page, "/console/us-east-1/kms/cloudhsm-stores/create");
  await page.getByRole("button", { name: /CloudHSM cluster/ }).click();
  await sees(page, /It is not active: its state is INITIALIZED/);
  await page.keyboard.press("Escape");
  await go(page, `${clusters}/${cluster}`);
});

test("it is activated by the operator, and has a second HSM", async () => {
  fs.writeFileSync(file("officer"), `${process.env.CONSOLE_OFFICER_PASSWORD}\n`);
  fs.writeFileSync(file("kmsuser"), `${process.env.CONSOLE_USER_PASSWORD}\n`);
  await operator("hsm", "activate", cluster, "--password-file", file("officer"));
  await operator("hsm", "users", "create", cluster, "kmsuser", "--admin-password-file", file("officer"), "--password-file", file("kmsuser"));
  await addHsm();
  await active("ACTIVE", 2);
  await button("Refresh HSMs").click();
  await sees(page, "us-east-1b");
});

test("a key store is created, each bad field with its message", async () => {
  await go(page, "/console/us-east-1/kms/cloudhsm-stores");
  await sees(page, "No AWS CloudHSM key stores");
  await accessible(page);
  await page.getByRole("button", { name: "Create key store" }).first().click();
  await page.getByRole("heading", { level: 1, name: /^Create/ }).waitFor();
  await button("Create key store").click();
  for (const text of ["Enter a name for the key store.", "Choose a cluster.", /Upload or paste the trust anchor/, "Enter the password of kmsuser."]) await sees(page, text);
  await field("kmsuser password").fill("short");
  await sees(page, "The password of kmsuser has 7 to 32 characters.");
  await field("kmsuser password").fill("not-alphanumeric");
  await sees(page, "The password of kmsuser has letters and digits only.");
  await field("Trust anchor certificate").fill("certificate");
  await sees(page, /not a certificate in PEM format/);
  await accessible(page);
  await field("Custom key store name").fill("hsms");
  await page.getByRole("button", { name: /CloudHSM cluster/ }).click();
  await page.getByRole("option", { name: new RegExp(cluster) }).click();
  await page.locator('input[type="file"]').setInputFiles(file("cluster.crt"));
  await field("kmsuser password").fill(process.env.CONSOLE_USER_PASSWORD);
  await button("Create key store").click();
  await sees(page, "IncorrectTrustAnchorException");
  await sees(page, /Upload customerCA\.crt/);
  await field("Trust anchor certificate").fill(fs.readFileSync(file("customerCA.crt"), "utf8"));
  await button("Create key store").click();
  await sees(page, /Key store hsms created/);
  [{ CustomKeyStoreId: store }] = (await kms("DescribeCustomKeyStores")).CustomKeyStores;
});

const action = async (name) => {
  await page.getByRole("button", { name: "Key store actions" }).click();
  await page.getByRole("menuitem", { name, exact: true }).click();
  await dialog().getByRole("button", { name, exact: true }).click();
};

test("it connects, and keys are made in it", async () => {
  await action("Connect");
  await page.getByText("Connected", { exact: true }).first().waitFor();
  for (const name of ["destroyed", "orphaned"]) ({ KeyMetadata: keys[name] } = await kms("CreateKey", { Origin: "AWS_CLOUDHSM", CustomKeyStoreId: store }));
  await button("Refresh keys").click();
  await page.getByRole("link", { name: keys.orphaned.KeyId }).waitFor();
  await accessible(page);
});

test("the name of a key store that is connected can be changed, and nothing else", async () => {
  await page.getByRole("button", { name: "Key store actions" }).click();
  await page.getByRole("menuitem", { name: "Edit", exact: true }).click();
  await sees(page, /Only its name can be changed now/);
  await accessible(page);
  assert.equal(await page.getByLabel("kmsuser password - optional").isDisabled(), true);
  await field("Custom key store name").fill("");
  await button("Save changes").click();
  await sees(page, "Enter a name for the key store.");
  await field("Custom key store name").fill(hostile);
  await button("Save changes").click();
  await sees(page, `Key store ${hostile} updated.`);
  await page.getByRole("heading", { level: 1, name: hostile }).waitFor();
  assert.equal((await kms("DescribeCustomKeyStores")).CustomKeyStores[0].CustomKeyStoreName, hostile);
});

const deleted = async (name) => {
  await kms("ScheduleKeyDeletion", { KeyId: keys[name].KeyId, PendingWindowInDays: 7 });
  await advance("169h");
  await eventually(`the deletion of the key ${name} is recorded`, async () => {
    await advance("10s");
    const { Events } = await cloudtrail("LookupEvents", { LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "DeleteKey" }] });
    return Events.some((e) => e.CloudTrailEvent.includes(keys[name].KeyId));
  });
};

test("keys are deleted while the key store is connected, and while it is not", async () => {
  // The cluster is backed up each day: this backup has the material of both keys.
  const backups = async () => (await cloudhsm("DescribeBackups")).Backups.length;
  const before = await backups();
  await advance("25h");
  await eventually("a backup is made", async () => (await backups()) > before);
  await deleted("destroyed");
  await signIn(page, undefined, `/console/us-east-1/kms/cloudhsm-stores/${store}`);
  await action("Disconnect");
  await page.getByText("Disconnected", { exact: true }).first().waitFor();
  await deleted("orphaned");
});

test("the material of one is gone, that of the other is orphaned", async () => {
  await signIn(page, undefined, "/console/us-east-1/cloudhsm/material");
  await page.getByRole("row").filter({ hasText: keys.destroyed.KeyId }).filter({ hasText: "Deleted" }).waitFor();
  await page.getByRole("row").filter({ hasText: keys.orphaned.KeyId }).filter({ hasText: "Orphaned" }).waitFor();
  await sees(page, "The material of one deleted key is orphaned");
  await sees(page, /What only the server.s operator can tell/);
  await accessible(page);
});

test("the backups that may hold a deleted key are those that the server knows of", async () => {
  const grid = page.getByRole("grid", { name: "Backups that may still hold the material" });
  for (const name of ["destroyed", "orphaned"]) {
    const printed = await operator("hsm", "backups", "--key", keys[name].Arn);
    const known = [...new Set(printed.match(/backup-[a-z2-7]+/g))].sort();
    assert.ok(known.length > 0, printed);
    await page.getByRole("row").filter({ hasText: keys[name].KeyId }).getByRole("radio").click({ force: true });
    await eventually("they are listed", async () => {
      const shown = await grid.getByRole("link", { name: /^backup-/ }).allInnerTexts();
      assert.ok(known.every((b) => shown.includes(b)), `${name}: ${shown} has not all of ${known}`);
      return true;
    });
  }
  await sees(page, new RegExp(`keystead hsm orphans ${cluster} --delete`));
  await accessible(page);
});

test("a backup is deleted and restored", async () => {
  await go(page, "/console/us-east-1/cloudhsm/backups");
  const row = page.getByRole("grid", { name: "Backups", exact: true }).getByRole("row").filter({ hasText: "backup-" }).first();
  const id = (await row.innerText()).match(/backup-\w+/)[0];
  await accessible(page);
  await row.getByRole("link", { name: id }).click();
  await page.getByRole("heading", { level: 1, name: id }).waitFor();
  await page.getByRole("button", { name: "Manage tags" }).first().waitFor();
  await accessible(page);
  await page.getByRole("tab", { name: "Resource policy" }).click();
  await page.getByRole("heading", { level: 2, name: "Resource policy" }).waitFor();
  await accessible(page);
  await go(page, "/console/us-east-1/cloudhsm/backups");
  const act = async (name) => {
    await button("Actions").click();
    await page.getByRole("menuitem", { name, exact: true }).click();
  };
  const stateOf = async () => (await cloudhsm("DescribeBackups", { Filters: { backupIds: [id] } })).Backups[0].BackupState;
  await row.getByRole("radio").click({ force: true });
  await act("Delete");
  await page.getByLabel("To confirm, type delete in the field").fill("delete");
  await dialog().getByRole("button", { name: "Delete", exact: true }).click();
  await sees(page, /will be deleted for good in seven days/);
  assert.equal(await stateOf(), "PENDING_DELETION");
  await act("Restore");
  await dialog().getByRole("button", { name: "Restore", exact: true }).click();
  await sees(page, `Backup ${id} is restored.`);
  assert.equal(await stateOf(), "READY");
});

test("the tags and the backup retention of a cluster are changed", async () => {
  await go(page, `${clusters}/${cluster}?tab=tags`);
  await button("Manage tags").click();
  await button("Add tag").click();
  await dialog().getByRole("textbox", { name: /Tag key/ }).fill("team");
  await dialog().getByRole("button", { name: "Save changes" }).click();
  await sees(page, "The tags were changed.");
  assert.deepEqual((await cloudhsm("ListTags", { ResourceId: cluster })).TagList.map((t) => t.Key), ["team"]);
  await button("Actions").click();
  await page.getByRole("menuitem", { name: "Edit backup retention" }).click();
  await field("Backup retention period in days").fill("30");
  await dialog().getByRole("button", { name: "Save changes" }).click();
  await sees(page, /are kept for 30 days/);
  assert.equal((await describe()).BackupRetentionPolicy.Value, "30");
});
