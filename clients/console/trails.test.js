// Trails: created, edited, stopped, deleted.
import assert from "node:assert/strict";

import { accessible, advance, go, sees, setup, signIn, test } from "./lib/world.js";

const { page, cloudtrail, iam, logs } = await setup();
const hostile = "<img src=x onerror=alert(1)>";
const name = "audit";
const dialog = () => page.getByRole("dialog").filter({ visible: true });
const next = () => page.getByRole("button", { name: "Next", exact: true }).click();
const trail = async () => (await cloudtrail("GetTrail", { Name: name })).Trail;
const logging = async () => (await cloudtrail("GetTrailStatus", { Name: name })).IsLogging;
const selectors = (input = {}) => cloudtrail("GetEventSelectors", { TrailName: name, ...input });

test("an empty list says what to do", async () => {
  await signIn(page, undefined, "/console/us-east-1/cloudtrail/trails");
  await sees(page, "No trails");
  await accessible(page);
});

test("bad values have their messages beside the fields", async () => {
  await page.getByRole("button", { name: "Create trail" }).first().click();
  await page.getByLabel("Trail name").fill("_");
  await page.getByLabel("Trail log bucket").fill("NO");
  await page.getByRole("checkbox", { name: "CloudWatch Logs" }).click();
  await page.getByLabel("Log group name").fill("a b");
  await next();
  await sees(page, "A trail name begins with a letter or a number.");
  await sees(page, "A bucket name has 3 to 63 lowercase letters, numbers, dots and dashes.");
  await sees(page, "Enter the name of a log group: letters, numbers and _ - / . #.");
  await accessible(page);
});

test("a trail is created, with the log group and the role that it needs", async () => {
  await page.getByLabel("Trail name").fill(name);
  await page.getByLabel("Trail log bucket").fill("audit-logs");
  await page.getByLabel("Prefix - optional").fill("prod");
  await page.getByLabel("Log group name").fill("trail-events");
  await page.getByLabel("Role name").fill("TrailWriter");
  await page.getByRole("button", { name: "Add tag" }).click();
  await page.getByRole("textbox", { name: "Tag key" }).fill("team");
  await page.getByRole("textbox", { name: "Tag value - optional" }).fill("audit");
  await next();
  await page.getByRole("checkbox", { name: "Exclude AWS KMS events" }).click();
  await accessible(page);
  await next();
  await sees(page, "TrailWriter (new)");
  await accessible(page);
  await page.getByRole("button", { name: "Create trail" }).click();
  await sees(page, `Trail ${name} created`);
  await page.getByRole("heading", { level: 1, name }).waitFor();
  const t = await trail();
  assert.equal(t.S3BucketName, "audit-logs");
  assert.equal(t.S3KeyPrefix, "prod");
  assert.equal(t.IsMultiRegionTrail, true);
  assert.equal(t.LogFileValidationEnabled, true);
  assert.equal(t.CloudWatchLogsLogGroupArn, "arn:aws:logs:us-east-1:000000000000:log-group:trail-events:*");
  assert.equal(t.CloudWatchLogsRoleArn, (await iam("GetRole", { RoleName: "TrailWriter" })).Role.Arn);
  assert.equal(await logging(), true);
  assert.deepEqual((await selectors()).EventSelectors[0].ExcludeManagementEventSources, ["kms.amazonaws.com"]);
  assert.deepEqual((await cloudtrail("ListTags", { ResourceIdList: [t.TrailARN] })).ResourceTagList[0].TagsList, [{ Key: "team", Value: "audit" }]);
  await accessible(page);
});

test("events come to the log group", async () => {
  await iam("CreateUser", { UserName: "somebody" });
  await advance("5s");
  const { events } = await logs("FilterLogEvents", { logGroupName: "trail-events", filterPattern: '{ $.eventName = "CreateUser" }' });
  assert.equal(events.length, 1);
});

test("each section is edited", async () => {
  await page.getByRole("button", { name: "Edit general details" }).click();
  await dialog().getByLabel("Prefix - optional").fill("a b");
  await sees(page, "A prefix has letters, numbers and");
  await dialog().getByLabel("Prefix - optional").fill("other");
  await dialog().getByRole("checkbox", { name: "Log file validation" }).click();
  await dialog().getByRole("button", { name: "Save changes" }).click();
  await sees(page, `Trail ${name} saved`);
  assert.equal((await trail()).S3KeyPrefix, "other");
  assert.equal((await trail()).LogFileValidationEnabled, false);

  await page.getByRole("button", { name: "Edit CloudWatch Logs" }).click();
  await dialog().getByRole("checkbox", { name: "CloudWatch Logs" }).click();
  await dialog().getByRole("button", { name: "Save changes" }).click();
  await sees(page, "No log group. Choose Edit");
  assert.equal((await trail()).CloudWatchLogsLogGroupArn, undefined);
});

test("advanced event selectors are a document", async () => {
  await page.getByRole("button", { name: "Edit events" }).click();
  await dialog().getByRole("radio", { name: "Advanced event selectors" }).click();
  const editor = dialog().getByRole("textbox", { name: "Advanced event selectors" });
  await editor.fill("[");
  await sees(page, /This is not valid JSON/);
  const wanted = [{ Name: hostile, FieldSelectors: [{ Field: "eventCategory", Equals: ["Management"] }, { Field: "readOnly", Equals: ["false"] }] }];
  await editor.fill(JSON.stringify(wanted));
  await accessible(page);
  await dialog().getByRole("button", { name: "Save changes" }).click();
  await sees(page, `Events of trail ${name} saved`);
  assert.equal((await selectors()).AdvancedEventSelectors[0].FieldSelectors[1].Field, "readOnly");
  await sees(page, new RegExp(hostile.slice(0, 10)));
  assert.equal(await page.locator("img[src=x]").count(), 0);
});

test("logging is stopped and started", async () => {
  await page.getByRole("button", { name: "Stop logging" }).click();
  await dialog().getByRole("button", { name: "Stop logging" }).click();
  await sees(page, `Logging of trail ${name} stopped`);
  assert.equal(await logging(), false);
  await page.getByRole("button", { name: "Start logging" }).click();
  await sees(page, `Logging of trail ${name} started`);
  assert.equal(await logging(), true);
});

test("tags are managed", async () => {
  await page.getByRole("button", { name: "Manage tags" }).first().click();
  await page.getByRole("textbox", { name: "Tag value - optional" }).fill("security");
  await dialog().getByRole("button", { name: /^Save/ }).click();
  await page.getByRole("grid", { name: "Tags" }).getByText("security").waitFor();
  assert.deepEqual((await cloudtrail("ListTags", { ResourceIdList: [(await trail()).TrailARN] })).ResourceTagList[0].TagsList, [{ Key: "team", Value: "security" }]);
});

test("a trail is deleted", async () => {
  await go(page, "/console/us-east-1/cloudtrail/trails");
  await page.getByRole("radio", { name: /^Select arn:aws:cloudtrail/ }).click();
  await accessible(page);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await dialog().getByRole("button", { name: "Delete", exact: true }).click();
  await sees(page, `Trail ${name} deleted`);
  await sees(page, "No trails");
  assert.deepEqual((await cloudtrail("DescribeTrails")).trailList, []);
});
