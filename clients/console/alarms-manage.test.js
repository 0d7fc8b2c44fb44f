// What is done with alarms that are there: actions, changes, copies, the list, composite alarms.
import assert from "node:assert/strict";

import { accessible, go, now, sees, setup, signIn, test } from "./lib/world.js";

const { page, cloudwatch, sns } = await setup();

const hostile = '<img src=x onerror="document.title=1">';
const button = (name, of = page) => of.getByRole("button", { name, exact: true });
const next = () => button("Next").click();
const list = page.getByRole("grid", { name: "Alarms" });
const alarm = async (name, kind = "MetricAlarms") =>
  (await cloudwatch("DescribeAlarms", { AlarmNames: [name], AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }))[kind][0];
const put = (AlarmName, more = {}) =>
  cloudwatch("PutMetricAlarm", {
    AlarmName, Namespace: "Shop/Sales", MetricName: "Errors", Statistic: "Maximum", Period: 60, Threshold: 5, ComparisonOperator: "GreaterThanThreshold",
    DatapointsToAlarm: 1, EvaluationPeriods: 2, TreatMissingData: "notBreaching", ...more,
  });
const act = async (entry) => {
  // A column of the list is called so too; its heading opens nothing.
  await page.getByRole("button", { name: "Actions", exact: true, expanded: false }).click();
  await page.getByRole("menuitem", { name: entry, exact: true }).click();
};

test("there is an alarm", async () => {
  const { TopicArn } = await sns("CreateTopic", { Name: "Shop_Alarms" });
  await cloudwatch("PutMetricData", { Namespace: "Shop/Sales", MetricData: [{ MetricName: "Errors", Timestamp: now(), Value: 1 }] });
  await put("Errors of the shop", { AlarmDescription: hostile, AlarmActions: [TopicArn] });
  await signIn(page, undefined, "/console/us-east-1/cloudwatch/alarms/Errors%20of%20the%20shop");
  await page.getByRole("heading", { name: "Errors of the shop", exact: true }).waitFor();
});

test("actions are disabled and enabled", async () => {
  await act("Disable actions");
  await sees(page, "Actions of Errors of the shop disabled");
  assert.equal((await alarm("Errors of the shop")).ActionsEnabled, false);
  await act("Enable actions");
  await sees(page, "Actions of Errors of the shop enabled");
  assert.equal((await alarm("Errors of the shop")).ActionsEnabled, true);
});

test("an alarm is changed", async () => {
  await act("Edit");
  const threshold = page.getByLabel("Threshold", { exact: true });
  await threshold.waitFor();
  assert.equal(await threshold.inputValue(), "5");
  await threshold.fill("7.5");
  await next();
  await next();
  assert.equal(await page.getByLabel("Alarm name").isDisabled(), true);
  await next();
  await button("Update alarm").click();
  await sees(page, /> 7\.5 for 1 datapoint within 2 minutes/);
  const a = await alarm("Errors of the shop");
  assert.equal(a.Threshold, 7.5);
  assert.deepEqual([a.AlarmDescription, a.AlarmActions.length], [hostile, 1]);
});

test("a copy needs another name", async () => {
  await act("Copy");
  await page.getByLabel("Threshold", { exact: true }).waitFor();
  await next();
  await next();
  await page.getByLabel("Alarm name").fill("Errors of the shop");
  await sees(page, "An alarm with this name exists already. Enter another name.");
  await page.getByLabel("Alarm name").fill(hostile);
  await next();
  await button("Create alarm").click();
  await page.getByRole("heading", { name: hostile, exact: true }).waitFor();
  assert.equal((await alarm(hostile)).Threshold, 7.5);
});

test("the list is filtered by name and state", async () => {
  await cloudwatch("SetAlarmState", { AlarmName: hostile, StateValue: "ALARM", StateReason: "test" });
  await go(page, "/console/us-east-1/cloudwatch/alarms?state=ALARM");
  await list.getByRole("link", { name: hostile, exact: true }).waitFor();
  assert.equal(await list.getByRole("link", { name: "Errors of the shop", exact: true }).count(), 0);
  await go(page, "/console/us-east-1/cloudwatch/alarms");
  await list.getByRole("link", { name: "Errors of the shop", exact: true }).waitFor();
  await page.getByLabel("Find alarms").fill("OF THE shop");
  await sees(page, "1 match");
  await page.getByLabel("Find alarms").fill("");
  await accessible(page);
});

test("alarms are composed", async () => {
  await page.getByRole("checkbox", { name: "Select Errors of the shop" }).click();
  await button("Create composite alarm").click();
  const rule = page.getByRole("textbox", { name: "Alarm rule" });
  await rule.waitFor();
  assert.equal(await rule.inputValue(), 'ALARM("Errors of the shop")');
  await rule.fill("ALARM(");
  await sees(page, /The name of an alarm is missing at character 7\./);
  await rule.fill('ALARM("nobody")');
  await sees(page, "There is no alarm with the name nobody.");
  await rule.fill('NOT ALARM("Errors of the shop")');
  await sees(page, /With the alarms as they are now, this alarm would be/);
  await accessible(page);
  await next();
  await button("Remove notification 1").click();
  await next();
  await page.getByLabel("Alarm name").fill("All is well");
  await next();
  await button("Create composite alarm").click();
  await page.getByRole("heading", { name: "All is well", exact: true }).waitFor();
  assert.equal((await alarm("All is well", "CompositeAlarms")).AlarmRule, 'NOT ALARM("Errors of the shop")');
  await page.getByRole("tab", { name: "Child alarms" }).click();
  await page.getByRole("link", { name: "Errors of the shop", exact: true }).click();
  await page.getByRole("tab", { name: "Parent alarms" }).click();
  await page.getByRole("link", { name: "All is well", exact: true }).waitFor();
});

test("alarms may have any name", async () => {
  for (const name of ["create", "create/metric", "50% of ?a=b#c"]) {
    await put(name);
    await go(page, "/console/us-east-1/cloudwatch/alarms");
    await list.getByRole("link", { name, exact: true }).click();
    await page.getByRole("heading", { name, exact: true }).waitFor();
    await act("Edit");
    await page.getByLabel("Threshold", { exact: true }).waitFor();
    await page.getByRole("heading", { name: "Edit alarm", exact: true }).waitFor();
    await cloudwatch("DeleteAlarms", { AlarmNames: [name] });
  }
});

test("alarms are deleted", async () => {
  await go(page, "/console/us-east-1/cloudwatch/alarms");
  await page.getByRole("checkbox", { name: "Select all alarms" }).click();
  await act("Delete");
  const dialog = page.getByRole("dialog", { name: "Delete alarms" });
  await accessible(page);
  await button("Delete", dialog).click();
  await sees(page, "3 alarms deleted");
  assert.equal((await cloudwatch("DescribeAlarms", { AlarmTypes: ["MetricAlarm", "CompositeAlarm"] })).MetricAlarms.length, 0);
});
