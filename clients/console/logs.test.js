// Log groups, their streams, searches and the tail.
import assert from "node:assert/strict";

import { accessible, eventually, go, now, sees, setup, signIn, test } from "./lib/world.js";

const { page, logs, kms } = await setup();
const group = "/app/web.1";
const hostile = "<img src=x onerror=alert(1)>";
const screen = (tab) => `/console/us-east-1/cloudwatch/logs/groups/${encodeURIComponent(group)}${tab ? `?tab=${tab}` : ""}`;
const put = (messages, stream = "one") =>
  logs("PutLogEvents", { logGroupName: group, logStreamName: stream, logEvents: messages.map((message) => ({ timestamp: now().getTime(), message })) });
const groups = async () => (await logs("DescribeLogGroups")).logGroups;
const dialog = () => page.getByRole("dialog").filter({ visible: true });

test("an empty list says what to do", async () => {
  await signIn(page, undefined, "/console/us-east-1/cloudwatch/logs");
  await sees(page, "No log groups");
  await accessible(page);
});

test("a group's name is checked beside its field", async () => {
  await page.getByRole("button", { name: "Create log group" }).first().click();
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await sees(page, "Enter a name.");
  await page.getByLabel("Log group name").fill("a b");
  await sees(page, "A log group name has letters, numbers and _ - / . # only.");
  await accessible(page);
});

test("a group is created with retention and tags", async () => {
  await page.getByLabel("Log group name").fill(group);
  await page.getByRole("button", { name: /Retention setting/ }).click();
  await page.getByRole("option", { name: "3 days", exact: true }).click();
  await page.getByRole("button", { name: "Add tag" }).click();
  await page.getByRole("textbox", { name: "Tag key" }).fill("team");
  await page.getByRole("textbox", { name: "Tag value - optional" }).fill("web");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await sees(page, `Log group ${group} created`);
  await page.getByRole("heading", { level: 1, name: group }).waitFor();
  assert.equal((await groups())[0].retentionInDays, 3);
  assert.deepEqual((await logs("ListTagsForResource", { resourceArn: (await groups())[0].logGroupArn })).tags, { team: "web" });
  await accessible(page);
});

test("a stream is created", async () => {
  await page.getByRole("button", { name: "Create log stream" }).first().click();
  await dialog().getByLabel("Log stream name").fill("a:b");
  await sees(page, "A log stream name cannot contain : or *.");
  await dialog().getByLabel("Log stream name").fill("one");
  await dialog().getByRole("button", { name: "Create", exact: true }).click();
  await sees(page, "Log stream one created");
  assert.deepEqual((await logs("DescribeLogStreams", { logGroupName: group })).logStreams.map((s) => s.logStreamName), ["one"]);
});

test("events are found by a pattern, opened, and shown as text", async () => {
  await logs("CreateLogStream", { logGroupName: group, logStreamName: hostile.replace(":", "") });
  await put([JSON.stringify({ level: "error", text: hostile }), `plain ${hostile}`, JSON.stringify({ level: "info" })]);
  await put(["from the other stream"], hostile);
  await go(page, screen("search"));
  await sees(page, "from the other stream");
  await page.getByRole("searchbox", { name: "Filter pattern" }).fill('{ $.level = "error" }');
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await sees(page, "1 event. There are no older ones in this time range.");
  await page.getByRole("button", { name: /"level":"error"/ }).click();
  await sees(page, /"level": "error"/);
  assert.match(page.url(), /pattern=/);
  assert.equal(await page.locator("img[src=x]").count(), 0);
  await accessible(page);
});

test("a bad pattern has the service's message beside the field", async () => {
  const said = await logs("FilterLogEvents", { logGroupName: group, filterPattern: "{ $.a = " }).then(() => "", (e) => e.message);
  assert.notEqual(said, "");
  await page.getByRole("searchbox", { name: "Filter pattern" }).fill("{ $.a = ");
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await sees(page, said);
});

test("older events come page by page", async () => {
  await put(Array.from({ length: 130 }, (_, i) => `line ${i}`));
  await page.getByRole("searchbox", { name: "Filter pattern" }).fill("line");
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await page.getByRole("button", { name: "Load older events" }).click();
  await sees(page, "130 events. There are no older ones in this time range.");
});

test("a time range is chosen, and stays in the address", async () => {
  await page.getByRole("button", { name: /Time range/ }).click();
  await page.getByRole("radio", { name: "Last 12 hours" }).click();
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForURL(/range=12h/);
  await sees(page, "Last 12 hours");
});

test("a stream has its own screen, whatever its name", async () => {
  await go(page, screen());
  await page.getByRole("link", { name: hostile }).click();
  await page.getByRole("heading", { level: 1, name: hostile }).waitFor();
  await sees(page, "from the other stream");
  await accessible(page);
});

test("the tail shows what arrives, until it is stopped and cleared", async () => {
  await go(page, screen("tail"));
  await page.getByRole("textbox", { name: "Filter pattern" }).fill("arrives");
  await page.getByRole("button", { name: "Start", exact: true }).click();
  await sees(page, "Waiting for new events");
  await put(["this one arrives now", "this does not match"]);
  await sees(page, "this one arrives now");
  assert.equal(await page.getByText("this does not match").count(), 0);
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await sees(page, "Stopped");
  await accessible(page);
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await sees(page, "No events yet");
});

test("retention and key are changed", async () => {
  const act = async (item) => {
    await page.getByRole("button", { name: "Actions" }).click();
    await page.getByRole("menuitem", { name: item }).click();
  };
  await act("Edit retention setting");
  await dialog().getByRole("button", { name: /Expire events after/ }).click();
  await page.getByRole("option", { name: "Never expire" }).click();
  await dialog().getByRole("button", { name: "Save" }).click();
  await sees(page, `Retention of ${group} set: Never expire`);
  assert.equal((await groups())[0].retentionInDays, undefined);

  const policy = { Version: "2012-10-17", Statement: [
    { Effect: "Allow", Principal: { AWS: "arn:aws:iam::000000000000:root" }, Action: "kms:*", Resource: "*" },
    { Effect: "Allow", Principal: { Service: "logs.us-east-1.amazonaws.com" }, Action: ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"], Resource: "*" }] };
  const { Arn } = (await kms("CreateKey", { Policy: JSON.stringify(policy) })).KeyMetadata;
  await act("Edit KMS key");
  await dialog().getByLabel("KMS key ARN - optional").fill("arn:aws:kms:us-east-1:x:key/1");
  await sees(page, "Enter the ARN of a KMS key: arn:aws:kms:REGION:ACCOUNT:key/KEY-ID.");
  await dialog().getByLabel("KMS key ARN - optional").fill(Arn);
  await dialog().getByRole("button", { name: "Save" }).click();
  await sees(page, `KMS key of ${group} set`);
  assert.equal((await groups())[0].kmsKeyId, Arn);
});

test("tags are managed", async () => {
  await page.getByRole("tab", { name: "Tags" }).click();
  await page.getByRole("button", { name: "Manage tags" }).first().click();
  await page.getByRole("textbox", { name: "Tag value - optional" }).fill("mail");
  await dialog().getByRole("button", { name: /^Save/ }).click();
  await eventually("the tag is changed", async () => (await logs("ListTagsForResource", { resourceArn: (await groups())[0].logGroupArn })).tags.team === "mail");
});

test("a stream and a group are deleted once their end is typed", async () => {
  await go(page, screen());
  await page.getByRole("checkbox", { name: "Select one", exact: true }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await dialog().getByLabel(/To confirm/).fill("delete");
  await dialog().getByRole("button", { name: "Delete", exact: true }).click();
  await sees(page, "Log stream one deleted");
  await go(page, "/console/us-east-1/cloudwatch/logs");
  await page.getByRole("checkbox", { name: `Select ${group}` }).click();
  await page.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Delete log group(s)" }).click();
  await dialog().getByLabel(/To confirm/).fill("delete");
  await dialog().getByRole("button", { name: "Delete", exact: true }).click();
  await sees(page, `Log group ${group} deleted`);
  assert.deepEqual(await groups(), []);
});
