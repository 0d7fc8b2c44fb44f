// needs: mail
// Deleting keys, and the alarm for those who still need them: set up by clicks alone, from the
// trail to the mail.
import assert from "node:assert/strict";

import { accessible, advance, eventually, mails, newContext, sees, setup, signIn, test, url } from "./lib/world.js";

const { page, kms, cloudtrail, cloudwatch, logs, iam, sns } = await setup();
const key = (await kms("CreateKey", { Description: "to be deleted" })).KeyMetadata.KeyId;
const path = `/console/us-east-1/kms/keys/${key}`;
const state = async () => (await kms("DescribeKey", { KeyId: key })).KeyMetadata;
const { CiphertextBlob } = await kms("Encrypt", { KeyId: key, Plaintext: Buffer.from("needed") });
const dialog = page.getByRole("dialog");
const button = (name) => page.getByRole("button", { name, exact: true });

async function choose(action) {
  await button("Key actions").click();
  await page.getByRole("menuitem", { name: action }).click();
}

test("what is lost and when the key was used stand in the question", async () => {
  await signIn(page, undefined, path);
  await choose("Schedule key deletion");
  await sees(page, "that data becomes unrecoverable");
  await sees(page, `${key}: Encrypt`);
  await accessible(page);
});

test("a waiting period that is too short or too long is told beside its field", async () => {
  const days = dialog.getByLabel("Waiting period (in days)");
  assert.equal(await days.inputValue(), "30");
  await dialog.getByRole("checkbox", { name: /^Confirm that you want to schedule this key for deletion after a 30 day waiting period/ }).check();
  for (const wrong of ["6", "31", "7.5", ""]) {
    await days.fill(wrong);
    await sees(page, "Enter a whole number of days from 7 to 30.");
    assert.equal(await dialog.getByRole("button", { name: "Schedule deletion" }).isDisabled(), true);
  }
  await days.fill("7");
});

test("the deletion is not scheduled before it is confirmed", async () => {
  const sure = dialog.getByRole("checkbox", { name: /^Confirm that you want to schedule this key for deletion after a 7 day waiting period/ });
  await sure.uncheck();
  assert.equal(await dialog.getByRole("button", { name: "Schedule deletion" }).isDisabled(), true);
  await sure.check();
});

test("the deletion is scheduled, and the alarm offered there comes next", async () => {
  await dialog.getByRole("checkbox", { name: "Create the alarm next" }).check();
  await dialog.getByRole("button", { name: "Schedule deletion" }).click();
  await page.getByRole("heading", { name: "Create pending-deletion alarm", level: 1 }).waitFor();
  await sees(page, `Key ${key} is scheduled for deletion`);
  const m = await state();
  assert.equal(m.KeyState, "PendingDeletion");
  assert.equal(Math.round((m.DeletionDate - Date.now()) / 86_400_000), 7);
});

test("what is wrong with the alarm is told beside its fields", async () => {
  await sees(page, "There is no trail yet.");
  await button("Create alarm").click();
  await sees(page, "Enter at least one e-mail address.");
  await page.getByLabel("E-mail addresses").fill("security@example.com, nobody");
  await sees(page, "nobody is not a valid e-mail address.");
  await page.getByLabel("Threshold").fill("0");
  await sees(page, "Enter a whole number of at least 1.");
  await page.getByLabel("Bucket for the trail's log files").fill("No Bucket");
  await sees(page, "A bucket name has 3 to 63");
  await accessible(page);
  assert.deepEqual((await cloudtrail("DescribeTrails")).trailList, []);
});

test("a step that fails is gone on from", async () => {
  await page.getByLabel("E-mail addresses").fill("security@example.com");
  await page.getByLabel("Threshold").fill("1");
  await page.getByLabel("Bucket for the trail's log files").fill("keystead-trail-files");
  await page.route("**/", (route) => (route.request().headers()["x-amz-target"]?.endsWith(".CreateTrail") ? route.fulfill({ status: 400, contentType: "application/x-amz-json-1.1", headers: { "x-amzn-requestid": "broken" }, body: JSON.stringify({ __type: "MaximumNumberOfTrailsExceededException", message: "Five are enough." }) }) : route.fallback()));
  await button("Create alarm").click();
  await sees(page, "MaximumNumberOfTrailsExceededException: Five are enough.");
  await accessible(page);
  await page.unroute("**/");
  await button("Continue").click();
  await sees(page, "Alarm KMSKeyPendingDeletionErrorAlarm created");
  await accessible(page);
});

test("all that the alarm needs is there", async () => {
  const [trail] = (await cloudtrail("DescribeTrails")).trailList;
  assert.deepEqual([trail.Name, trail.S3BucketName, trail.IsMultiRegionTrail, /:log-group:keystead\/cloudtrail:\*$/.test(trail.CloudWatchLogsLogGroupArn)], ["keystead-audit", "keystead-trail-files", true, true]);
  assert.equal((await cloudtrail("GetTrailStatus", { Name: trail.Name })).IsLogging, true);
  assert.match((await iam("GetRole", { RoleName: "keystead-cloudtrail-to-logs" })).Role.Arn, /role/);
  const [filter] = (await logs("DescribeMetricFilters", { logGroupName: "keystead/cloudtrail" })).metricFilters;
  assert.equal(filter.filterPattern, '{ $.eventSource = kms* && $.errorMessage = "* is pending deletion."}');
  assert.deepEqual(filter.metricTransformations.map((t) => [t.metricNamespace, t.metricName, t.metricValue]), [["CloudTrailLogMetrics", "KMSKeyPendingDeletionErrorCount", "1"]]);
  const [alarm] = (await cloudwatch("DescribeAlarms")).MetricAlarms;
  assert.deepEqual([alarm.Threshold, alarm.Period, alarm.Statistic, alarm.TreatMissingData], [1, 60, "Sum", "notBreaching"]);
  const [subscription] = (await sns("ListSubscriptions")).Subscriptions;
  assert.deepEqual([alarm.AlarmActions, subscription.Endpoint], [[subscription.TopicArn], "security@example.com"]);
});

test("after the confirmation, use of the key ends in a mail", async () => {
  const asked = await eventually("a mail asks for the confirmation", () => mails().find((m) => /confirmation\.html/.test(m.text)));
  const link = new URL(asked.text.match(/https?:\/\/\S*confirmation\.html\S*/)[0]);
  const { page: post } = await newContext();
  await post.goto(url + link.pathname + link.search);
  await post.getByRole("button").click();
  await sees(post, "Subscription confirmed!");
  await kms("Decrypt", { CiphertextBlob }).then(assert.fail, (e) => assert.equal(e.name, "KMSInvalidStateException"));
  await eventually("the event is in the log group", async () => (await logs("FilterLogEvents", { logGroupName: "keystead/cloudtrail", filterPattern: '{ $.errorMessage = "* is pending deletion." }' })).events.length > 0);
  await advance("2m");
  const mail = await eventually("the alarm's mail comes", () => mails().find((m) => m.subject.includes("KMSKeyPendingDeletionErrorAlarm")));
  assert.deepEqual(mail.to, ["security@example.com"]);
});

test("another question about deletion names the alarm that there is, and the deletion is canceled", async () => {
  await signIn(page, undefined, path);
  await sees(page, "This key is pending deletion");
  await choose("Cancel key deletion");
  await accessible(page);
  await dialog.getByRole("button", { name: "Cancel key deletion" }).click();
  await sees(page, `The deletion of key ${key} is canceled`);
  assert.equal((await state()).KeyState, "Disabled");
  await choose("Schedule key deletion");
  await dialog.getByRole("link", { name: "KMSKeyPendingDeletionErrorAlarm" }).waitFor();
  await dialog.getByRole("button", { name: "Cancel", exact: true }).click();
});

test("another alarm takes the log group that there is", async () => {
  await signIn(page, undefined, "/console/us-east-1/kms/pending-deletion-alarm");
  assert.equal(await page.getByRole("radio", { name: "Use the log group of a trail" }).isChecked(), true);
  assert.equal(await page.getByLabel("Alarm name").inputValue(), "KMSKeyPendingDeletionErrorAlarm-2");
  await page.getByRole("radio", { name: "Select an existing SNS topic" }).check();
  await page.getByRole("button", { name: /^Topic/ }).click();
  await page.getByRole("option", { name: "KMS_key_alarms" }).click();
  await button("Create alarm").click();
  await sees(page, "Alarm KMSKeyPendingDeletionErrorAlarm-2 created");
  assert.equal((await cloudwatch("DescribeAlarms", { AlarmNames: ["KMSKeyPendingDeletionErrorAlarm-2"] })).MetricAlarms.length, 1);
  assert.equal((await cloudtrail("DescribeTrails")).trailList.length, 1);
});
