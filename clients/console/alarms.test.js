// needs: mail
// Alarms: from a metric to a mail. alarms-manage.test.js has what is done with alarms that are there.
import assert from "node:assert/strict";

import { accessible, advance, eventually, go, mails, now, sees, setup, signIn, test } from "./lib/world.js";

const { page, cloudwatch, sns } = await setup();

const hostile = '<img src=x onerror="document.title=1">';
const button = (name, of = page) => of.getByRole("button", { name, exact: true });
const next = () => button("Next").click();
const alarm = async (name, kind = "MetricAlarms") =>
  (await cloudwatch("DescribeAlarms", { AlarmNames: [name], AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }))[kind][0];
const put = (value) => cloudwatch("PutMetricData", { Namespace: "Shop/Sales", MetricData: [{ MetricName: "Errors", Timestamp: now(), Value: value }] });
const act = async (entry) => {
  await button("Actions").click();
  await page.getByRole("menuitem", { name: entry, exact: true }).click();
};

test("an empty list says what to do", async () => {
  await put(1);
  await eventually("the metric is listed", async () => (await cloudwatch("ListMetrics", { Namespace: "Shop/Sales" })).Metrics.length === 1);
  await signIn(page, undefined, "/console/us-east-1/cloudwatch/alarms");
  await sees(page, "Create an alarm to be notified when a metric crosses a threshold.");
  await accessible(page);
});

test("the wizard says what is missing", async () => {
  await button("Create alarm").first().click();
  await page.getByRole("heading", { name: "Create alarm", exact: true }).waitFor();
  await next();
  await sees(page, "Select a metric, or a math expression of metrics, that the alarm watches.");
  await sees(page, "Enter a threshold.");
  await accessible(page);
});

test("a metric is selected, and the threshold is drawn while it is typed", async () => {
  await button("Select metric").click();
  const dialog = page.getByRole("dialog", { name: "Select metric" });
  await dialog.getByText("Select a single metric to continue.").waitFor();
  await dialog.getByRole("link", { name: "Shop/Sales" }).click();
  await dialog.getByRole("link", { name: "Metrics with no dimensions" }).click();
  await dialog.getByRole("checkbox", { name: "Select Shop/Sales Errors" }).click();
  await accessible(page);
  await button("Select metric", dialog).click();
  await dialog.waitFor({ state: "hidden" });
  const statistic = page.getByRole("combobox", { name: "Statistic" });
  await statistic.fill("Maximum");
  await statistic.press("Enter");
  await statistic.blur();
  await page.getByRole("button", { name: /^Period/ }).click();
  await page.getByRole("option", { name: "1 minute" }).click();
  const threshold = page.getByLabel("Threshold", { exact: true });
  await threshold.fill("many");
  await sees(page, "The threshold must be a number.");
  await threshold.fill("5");
  await sees(page, "This alarm will trigger when the line is > 5 for 1 datapoint within 1 minute.");
  await page.getByText("Additional configuration").click();
  await page.getByLabel("Evaluation periods").fill("2000");
  await sees(page, /more than a day/);
  await page.getByLabel("Evaluation periods").fill("2");
  await page.getByLabel("Datapoints to alarm").fill("3");
  await sees(page, "Enter at most 2, the number of datapoints that are looked at.");
  await page.getByLabel("Datapoints to alarm").fill("1");
  await page.getByRole("button", { name: /^Missing data treatment/ }).click();
  await page.getByRole("option", { name: /good \(not breaching/ }).click();
  await accessible(page);
  await next();
});

test("a new topic takes a list of e-mail addresses", async () => {
  await page.getByText("Create new topic").click();
  await next();
  await sees(page, "Choose Create topic first, or select an existing topic.");
  await page.getByLabel("Create a new topic…").fill("no spaces");
  await page.getByLabel("Email endpoints that will receive the notification…").fill("ops@example.com, nobody");
  await button("Create topic").click();
  await sees(page, "nobody is not a valid e-mail address.");
  await sees(page, "A topic name has letters, numbers, hyphens and underscores only.");
  await accessible(page);
  await page.getByLabel("Create a new topic…").fill("Shop_Alarms");
  await page.getByLabel("Email endpoints that will receive the notification…").fill("ops@example.com, night@example.com");
  await button("Create topic").click();
  await sees(page, "Topic Shop_Alarms created");
  await sees(page, "Pending confirmation: night@example.com, ops@example.com");
  const { Subscriptions } = await sns("ListSubscriptionsByTopic", { TopicArn: "arn:aws:sns:us-east-1:000000000000:Shop_Alarms" });
  assert.deepEqual(Subscriptions.map((s) => s.Endpoint).sort(), ["night@example.com", "ops@example.com"]);
  await next();
});

test("name, description and tags; then the alarm is there", async () => {
  await next();
  await sees(page, "Enter a name.");
  await page.getByLabel("Alarm name").fill("Errors of the shop");
  await page.getByLabel("Alarm description - optional").fill(hostile);
  await button("Add tag").click();
  await page.getByRole("textbox", { name: "Tag key" }).fill("team");
  await page.getByRole("textbox", { name: "Tag value - optional" }).fill("sales");
  await accessible(page);
  await next();
  await sees(page, "Step 1: Specify metric and conditions");
  await sees(page, "Send a notification to Shop_Alarms");
  await accessible(page);
  await button("Create alarm").click();
  await page.getByRole("heading", { name: "Errors of the shop", exact: true }).waitFor();
  const a = await alarm("Errors of the shop");
  assert.deepEqual(
    [a.Namespace, a.MetricName, a.Statistic, a.Period, a.Threshold, a.ComparisonOperator, a.DatapointsToAlarm, a.EvaluationPeriods, a.TreatMissingData],
    ["Shop/Sales", "Errors", "Maximum", 60, 5, "GreaterThanThreshold", 1, 2, "notBreaching"],
  );
  assert.deepEqual(a.AlarmActions, ["arn:aws:sns:us-east-1:000000000000:Shop_Alarms"]);
  assert.deepEqual((await cloudwatch("ListTagsForResource", { ResourceARN: a.AlarmArn })).Tags, [{ Key: "team", Value: "sales" }]);
});

test("whoever confirms gets a mail when the alarm goes off", async () => {
  const invitation = await eventually("the invitation has come", () => mails().find((m) => m.to.some((t) => t.includes("ops@example.com"))));
  const Token = invitation.text.match(/Token=([^&\s"]+)/)[1];
  await sns("ConfirmSubscription", { TopicArn: "arn:aws:sns:us-east-1:000000000000:Shop_Alarms", Token });
  await put(9);
  await advance("70s");
  await eventually("the alarm is in alarm", async () => (await advance("20s"), (await alarm("Errors of the shop")).StateValue === "ALARM"));
  const mail = await eventually("the mail has come", () => mails().find((m) => /^ALARM: "Errors of the shop"/.test(m.subject)));
  assert.ok(mail.text.includes(hostile));
});

test("the alarm's screen shows its states", async () => {
  await button("Refresh alarm").click();
  await sees(page, "In alarm");
  await page.getByRole("img", { name: /^States: .*In alarm from/ }).waitFor();
  await sees(page, /state changes? in this range/);
  await sees(page, hostile);
  await accessible(page);
  await page.getByRole("tab", { name: "History" }).click();
  await page.getByRole("button", { name: /to ALARM: view the record/ }).first().click();
  const record = page.getByRole("dialog", { name: "History record" });
  await record.getByText(/"stateValue": "ALARM"/).waitFor();
  await accessible(page);
  await button("Close", record).click();
  assert.match(page.url(), /tab=history/);
  await page.getByRole("tab", { name: "Tags" }).click();
  await sees(page, "sales");
  await page.getByRole("tab", { name: "Actions" }).click();
  await page.getByRole("link", { name: "Shop_Alarms" }).waitFor();
});

test("the state is set by hand", async () => {
  await act("Set alarm state");
  const dialog = page.getByRole("dialog", { name: "Set alarm state" });
  await button("Set alarm state", dialog).click();
  await dialog.getByText("Enter a reason.").waitFor();
  await dialog.getByLabel("Reason").fill("trying it out");
  await accessible(page);
  await button("Set alarm state", dialog).click();
  await sees(page, "State of Errors of the shop set to OK");
  const { AlarmHistoryItems } = await cloudwatch("DescribeAlarmHistory", { AlarmName: "Errors of the shop", HistoryItemType: "StateUpdate" });
  assert.ok(AlarmHistoryItems.some((i) => JSON.parse(i.HistoryData).newState.stateReason === "trying it out"));
  // The next evaluation may have changed the state again: it is in the history.
  await page.getByRole("tab", { name: "History" }).click();
  await page.getByRole("button", { name: /to OK: view the record/ }).first().click();
  const record = page.getByRole("dialog", { name: "History record" });
  await record.getByText(/"trying it out"/).waitFor();
  await button("Close", record).click();
});

test("an address fills in the wizard", async () => {
  const graph = JSON.stringify({ metrics: [["Shop/Sales", "Errors", { stat: "Sum", period: 300 }]] });
  await go(page, `/console/us-east-1/cloudwatch/alarms/create/metric?${new URLSearchParams({ graph, comparison: "LessThanThreshold", threshold: "2", name: "From a link" })}`);
  await sees(page, "This alarm will trigger when the line is < 2 for 1 datapoint within 5 minutes.");
});
