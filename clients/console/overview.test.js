// The overview of an account.
import assert from "node:assert/strict";

import { accessible, advance, eventually, fillSignIn, go, sees, setup, signIn, test } from "./lib/world.js";

const { page, kms, iam, cloudwatch } = await setup();
const make = async (input = {}) => (await kms("CreateKey", input)).KeyMetadata.KeyId;
const figure = (label) => page.getByText(label, { exact: true }).locator("xpath=following::*[1]");

test("an account without anything says what to do", async () => {
  await signIn(page);
  await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  await sees(page, "Nobody is told when something goes wrong.");
  await sees(page, "No keys");
  await accessible(page);
});

test("keys by state, and what they would cost", async () => {
  const used = await make({ Description: "<img src=x onerror=alert(1)>" });
  const rotated = await make();
  await kms("RotateKeyOnDemand", { KeyId: rotated });
  await kms("DisableKey", { KeyId: await make() });
  await kms("ScheduleKeyDeletion", { KeyId: await make(), PendingWindowInDays: 7 });
  await kms("Encrypt", { KeyId: used, Plaintext: new Uint8Array(1) });
  await advance("1m");
  await page.getByRole("button", { name: "Refresh keys" }).first().click();
  await sees(page, "$4"); // three keys, one of them rotated
  assert.equal(await figure("Enabled").innerText(), "2");
  assert.equal(await figure("Disabled").innerText(), "1");
  assert.equal(await figure("Pending deletion").innerText(), "1");
  await page.getByRole("tab", { name: "Pending deletion (1)" }).waitFor();
  await accessible(page);
});

test("keys that nobody uses or rotates are found after a year", async () => {
  await advance("8784h");
  await page.getByRole("button", { name: "Refresh keys" }).first().click();
  await fillSignIn(page); // the session has ended meanwhile
  await page.getByRole("button", { name: "Refresh keys" }).first().click();
  await page.getByRole("tab", { name: "Unused (3)" }).waitFor();
  await page.getByRole("tab", { name: "Not rotated (3)" }).click();
  await sees(page, "<img src=x onerror=alert(1)>");
});

test("denied calls, alarms and nodes", async () => {
  await iam("CreateUser", { UserName: "mallory" });
  const { AccessKey } = await iam("CreateAccessKey", { UserName: "mallory" });
  const credentials = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
  await assert.rejects(kms("ListKeys", {}, { credentials }), { name: "AccessDeniedException" });
  await cloudwatch("PutMetricAlarm", {
    AlarmName: "too many", Namespace: "Test", MetricName: "Errors", Statistic: "Sum", Period: 60, EvaluationPeriods: 1, Threshold: 1,
    ComparisonOperator: "GreaterThanThreshold",
  });
  await advance("2m");
  await cloudwatch("SetAlarmState", { AlarmName: "too many", StateValue: "ALARM", StateReason: "a test" }); // until it is evaluated again
  await eventually("the node has said how it is", async () => (await cloudwatch("ListMetrics", { Namespace: "Keystead", MetricName: "NodeReady" })).Metrics?.length === 1);
  await go(page, "/console/us-east-1/kms/keys");
  await go(page, "/console/us-east-1/");
  await sees(page, /is not authorized to perform: kms:ListKeys/);
  await sees(page, "1 in alarm, 0 OK, 0 with insufficient data");
  await sees(page, "The node that answers this page is ready");
  await page.getByRole("row", { name: /^node-.* Ready/ }).waitFor();
  await accessible(page);
});
