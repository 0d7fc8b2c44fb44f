// The event history, and why calls were allowed or denied.
import assert from "node:assert/strict";
import fs from "node:fs";

import { accessible, advance, eventually, go, sees, setup, signIn, test } from "./lib/world.js";

const { page, cloudtrail, iam, kms } = await setup();
const history = "/console/us-east-1/cloudtrail/events";
const hostile = "<img src=x onerror=alert(1)>";
const table = page.getByRole("grid", { name: "Events" });
let key;
let alice;

const lookup = async (name) => (await cloudtrail("LookupEvents", { LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: name }] })).Events;
const allow = (name, policy, statement) =>
  iam("PutUserPolicy", { UserName: name, PolicyName: policy, PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [statement] }) });
const user = async (name, statement) => {
  await iam("CreateUser", { UserName: name });
  await allow(name, "its", statement);
  const { AccessKeyId, SecretAccessKey } = (await iam("CreateAccessKey", { UserName: name })).AccessKey;
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
};
const open = async (id) => {
  await go(page, `${history}/${id}`);
  await page.getByRole("heading", { name: "Event record" }).waitFor();
};

test("what has happened is listed", async () => {
  key = (await kms("CreateKey", { Description: hostile })).KeyMetadata;
  alice = await user("alice", { Sid: "Use", Effect: "Allow", Action: ["kms:Encrypt", "kms:Decrypt"], Resource: key.Arn });
  await allow("alice", "forbids", { Sid: "NotThis", Effect: "Deny", Action: "kms:Decrypt", Resource: "*" });
  const { CiphertextBlob } = await kms("Encrypt", { KeyId: key.Arn, Plaintext: Buffer.from("x") }, { credentials: alice });
  await assert.rejects(kms("Decrypt", { KeyId: key.Arn, CiphertextBlob }, { credentials: alice }));
  await assert.rejects(kms("DescribeKey", { KeyId: key.Arn }, { credentials: alice }));
  await eventually("the last call is in the history", async () => (await advance("2s"), (await lookup("DescribeKey")).length > 0));
  await signIn(page, undefined, history);
  await table.getByRole("link", { name: "CreateKey" }).waitFor();
  assert.equal(await table.getByText("DescribeKey").count(), 0); // read-only events are left out, as in AWS
  await accessible(page);
});

test("events are looked up by an attribute", async () => {
  const by = async (attribute, value) => {
    await page.getByRole("button", { name: /Lookup attribute/ }).click();
    await page.getByRole("option", { name: attribute, exact: true }).click();
    await page.getByLabel("Value", { exact: true }).fill(value);
    const answered = page.waitForResponse((r) => /LookupEvents$/.test(r.request().headers()["x-amz-target"] ?? ""));
    await page.getByRole("button", { name: "Look up", exact: true }).click();
    await page.waitForURL((u) => u.searchParams.get("value") === value);
    await answered;
    await table.locator("tbody").getByRole("link").or(page.getByText("No events", { exact: true })).first().waitFor();
  };
  await by("Event name", "Decrypt");
  const found = (await lookup("Decrypt")).length;
  await eventually("the events are listed", async () => (await table.getByRole("row").count()) - 1 === found);
  await sees(page, "AccessDenied");
  await by("User name", "alice");
  await eventually("alice's calls are listed", async () => (await table.locator("tbody").getByText("alice").count()) === 3);
  await by("Resource name", key.KeyId);
  await table.getByRole("link", { name: "CreateKey" }).waitFor();
  await by("AWS access key", alice.accessKeyId);
  await table.getByRole("link", { name: "DescribeKey" }).waitFor();
  await by("Event source", "nothing.amazonaws.com");
  await sees(page, "No events");
});

test("a value is asked for", async () => {
  await page.getByLabel("Value", { exact: true }).fill("");
  await page.getByRole("button", { name: "Look up", exact: true }).click();
  await sees(page, "Enter a value to look for.");
});

test("the time range and the pages", async () => {
  for (let i = 0; i < 60; i++) await kms("ListAliases");
  await advance("2s");
  await go(page, `${history}?attribute=EventName&value=ListAliases&range=1h`);
  await sees(page, "Last 1 hour");
  await table.getByRole("link", { name: "ListAliases" }).first().waitFor();
  assert.equal(await table.getByRole("link", { name: "ListAliases" }).count(), 50);
  await page.getByRole("button", { name: "Next page" }).click();
  await page.getByRole("button", { name: "Page 2" }).waitFor();
  await page.waitForFunction(() => document.querySelectorAll("table tbody a").length === 10);
  await page.getByRole("button", { name: /Time range/ }).click();
  await page.getByRole("radio", { name: "Last 3 hours" }).click();
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForURL(/range=3h/);
  await go(page, `${history}?attribute=EventName&value=CreateKey&range=2020-01-01T00:00:00Z/2020-01-02T00:00:00Z`);
  await sees(page, "No events");
});

test("columns are chosen, and events downloaded", async () => {
  await go(page, `${history}?attribute=EventName&value=CreateKey&range=1h`);
  await page.getByRole("button", { name: "Preferences" }).click();
  await page.getByRole("dialog").getByLabel("Event ID").click();
  await page.getByRole("dialog").getByRole("button", { name: "Confirm" }).click();
  const [event] = await lookup("CreateKey");
  await table.getByText(event.EventId).waitFor();
  for (const [item, check] of [["Download as CSV", (t) => assert.match(t, new RegExp(event.EventId))], ["Download as JSON", (t) => assert.equal(JSON.parse(t).Records[0].eventID, event.EventId)]]) {
    await page.getByRole("button", { name: "Download events" }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: item }).click()]);
    check(fs.readFileSync(await file.path(), "utf8"));
  }
});

test("an event shows its record, and its resources lead to their screens", async () => {
  const [event] = await lookup("CreateKey");
  await page.getByRole("link", { name: "CreateKey" }).first().click();
  await page.getByRole("heading", { level: 1, name: "CreateKey" }).waitFor();
  await sees(page, event.EventId);
  const record = await page.getByLabel("JSON document").innerText();
  assert.deepEqual(JSON.parse(record), JSON.parse(event.CloudTrailEvent));
  assert.ok(record.includes(hostile));
  assert.equal(await page.locator("img[src=x]").count(), 0);
  assert.match(await page.getByRole("table", { name: "Resources referenced" }).getByRole("link", { name: key.KeyId }).getAttribute("href"), new RegExp(`/kms/keys/${key.KeyId}$`));
  await accessible(page);
});

test("why a call was allowed: the statement, and where it is", async () => {
  await open((await lookup("Encrypt"))[0].EventId);
  await sees(page, "Allowed");
  await sees(page, /Allowed by statement 1 \("Use"\) of/);
  assert.match(await page.getByRole("link", { name: "inline policy its of user alice" }).getAttribute("href"), /\/iam\/users\/alice$/);
  assert.match(await page.getByRole("link", { name: "the key policy" }).getAttribute("href"), new RegExp(`/kms/keys/${key.KeyId}`));
  await accessible(page);
});

test("why a call was denied: a policy forbids it", async () => {
  await open((await lookup("Decrypt"))[0].EventId);
  await sees(page, "Denied");
  await sees(page, /Explicitly denied by statement 1 \("NotThis"\) of/);
  await sees(page, "A deny in any policy beats everything that allows, grants too.");
  await accessible(page);
});

test("why a call was denied: nothing allows it", async () => {
  const event = (await lookup("DescribeKey")).find((e) => e.Username === "alice");
  await open(event.EventId);
  await sees(page, /No identity-based policy allows kms:DescribeKey/);
  for (const line of JSON.parse(event.CloudTrailEvent).additionalEventData.authorizationDetail.split("\n")) await sees(page, line);
  await accessible(page);
});

test("the call goes to the policy simulator", async () => {
  await page.getByRole("button", { name: "Simulate this call" }).click();
  await page.waitForURL(/\/iam\/simulator\?/);
  const q = new URL(page.url()).searchParams;
  assert.equal(q.get("principal"), "arn:aws:iam::000000000000:user/alice");
  assert.equal(q.get("action"), "kms:DescribeKey");
});

test("who may not read the policies is told so", async () => {
  const reader = await user("reader", { Effect: "Allow", Action: "cloudtrail:*", Resource: "*" });
  const { EventId } = (await lookup("Decrypt"))[0];
  await signIn(page, reader, `${history}/${EventId}`);
  await sees(page, /you may not read the policies that it tells of/);
  assert.equal(await page.getByText("NotThis").count(), 0);
});
