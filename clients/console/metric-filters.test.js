// Metric filters, by the steps of the procedure that sets up the alarm for keys pending deletion.
import assert from "node:assert/strict";

import { accessible, go, now, sees, setup, signIn, test } from "./lib/world.js";

const { page, logs } = await setup();
const group = "cloudtrail";
const pattern = '{ $.eventSource = kms* && $.errorMessage = "* is pending deletion." }';
const hostile = "<img src=x onerror=alert(1)>";
const failed = JSON.stringify({ eventSource: "kms.amazonaws.com", errorMessage: "arn:aws:kms:us-east-1:000000000000:key/k is pending deletion.", userAgent: hostile });
const next = () => page.getByRole("button", { name: "Next", exact: true }).click();
const dialog = () => page.getByRole("dialog").filter({ visible: true });
const filters = async () => (await logs("DescribeMetricFilters", { logGroupName: group })).metricFilters;

test("the procedure begins at a log group", async () => {
  await logs("CreateLogGroup", { logGroupName: group });
  await logs("CreateLogStream", { logGroupName: group, logStreamName: "live" });
  const event = (message) => ({ timestamp: now().getTime(), message });
  await logs("PutLogEvents", { logGroupName: group, logStreamName: "live", logEvents: [event(failed), event("{}")] });
  await signIn(page, undefined, "/console/us-east-1/cloudwatch/logs");
  await page.getByRole("checkbox", { name: `Select ${group}` }).click();
  await page.getByRole("button", { name: "Actions" }).click();
  await page.getByRole("menuitem", { name: "Create metric filter" }).click();
  await page.getByRole("heading", { level: 1, name: "Create metric filter" }).waitFor();
});

test("a bad pattern has the service's message beside its field, and the step is not left", async () => {
  const said = await logs("TestMetricFilter", { filterPattern: "{ $.a", logEventMessages: ["x"] }).then(() => "", (e) => e.message);
  await page.getByLabel("Filter pattern").fill("{ $.a");
  await next();
  await sees(page, said);
  await page.getByRole("heading", { name: "Test pattern" }).waitFor();
});

test("the pattern is tested on messages of one's own", async () => {
  await page.getByLabel("Filter pattern").fill(pattern);
  await page.getByRole("button", { name: "Test pattern" }).click();
  await sees(page, "Enter log event messages, one on each line.");
  await page.getByRole("textbox", { name: "Log event messages" }).fill(`nothing\n${failed}\n`);
  await page.getByRole("button", { name: "Test pattern" }).click();
  await sees(page, "Found 1 match out of 2 events in the sample log.");
  const row = page.getByRole("table", { name: "Matching log events" }).getByRole("row").nth(1);
  const { matches } = await logs("TestMetricFilter", { filterPattern: pattern, logEventMessages: ["nothing", failed] });
  for (const value of Object.values(matches[0].extractedValues)) assert.ok((await row.innerText()).includes(value));
  assert.match(await row.innerText(), /^2\b/);
  assert.equal(await page.locator("img[src=x]").count(), 0);
  await accessible(page);
});

test("the pattern is tested on events of a stream", async () => {
  await page.getByRole("button", { name: /Select log data to test/ }).click();
  await page.getByRole("option", { name: "live" }).click();
  await sees(page, "The newest 2 events of the stream.");
  await page.getByRole("button", { name: "Test pattern" }).click();
  await sees(page, "Found 1 match out of 2 events in the sample log.");
});

test("what assigns the metric is checked beside each field", async () => {
  await next();
  await next();
  for (const text of ["Enter a filter name.", "Enter a metric namespace.", "Enter a metric name."]) await sees(page, text);
  await page.getByLabel("Metric namespace").fill("AWS/KMS");
  await sees(page, "Namespaces that begin with AWS/ are reserved.");
  await page.getByLabel("Metric value").fill("many");
  await sees(page, "Enter a number, or a field of the pattern such as $.size or $size.");
  await page.getByLabel("Default value - optional").fill("none");
  await sees(page, "Enter a number, or leave the field empty.");
  await accessible(page);
});

test("the filter is reviewed and created", async () => {
  await page.getByLabel("Filter name").fill("PendingDeletion");
  await page.getByLabel("Metric namespace").fill("CloudTrailLogMetrics");
  await page.getByLabel("Metric name", { exact: true }).fill("KMSKeyPendingDeletionErrorCount");
  await page.getByLabel("Metric value").fill("1");
  await page.getByLabel("Default value - optional").fill("0");
  await next();
  await sees(page, pattern);
  await accessible(page);
  await page.getByRole("button", { name: "Create metric filter" }).click();
  await sees(page, "Metric filter PendingDeletion created");
  const [f] = await filters();
  assert.equal(f.filterPattern, pattern);
  assert.deepEqual(f.metricTransformations.map(({ metricName, metricNamespace, metricValue, defaultValue }) => ({ metricName, metricNamespace, metricValue, defaultValue })), [
    { metricName: "KMSKeyPendingDeletionErrorCount", metricNamespace: "CloudTrailLogMetrics", metricValue: "1", defaultValue: 0 }]);
});

test("a filter is edited by the same steps", async () => {
  await page.getByRole("checkbox", { name: "Select PendingDeletion" }).click();
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Edit metric filter" }).waitFor();
  await next();
  await page.getByLabel("Default value - optional").fill("");
  await page.getByRole("button", { name: /Unit - optional/ }).click();
  await page.getByRole("option", { name: "Count", exact: true }).click();
  await next();
  await page.getByRole("button", { name: "Save changes" }).click();
  await sees(page, "Metric filter PendingDeletion saved");
  const [f] = await filters();
  assert.equal(f.metricTransformations[0].unit, "Count");
  assert.equal(f.metricTransformations[0].defaultValue, undefined);
  await accessible(page);
});

test("the alarm is created from the chosen filter: the wizard knows the metric", async () => {
  await page.getByRole("checkbox", { name: "Select PendingDeletion" }).click();
  await page.getByRole("button", { name: "Create alarm" }).click();
  await page.waitForURL(/\/cloudwatch\/alarms\/create\/metric\?/);
  const graph = JSON.parse(new URL(page.url()).searchParams.get("graph"));
  assert.deepEqual(graph.metrics[0].slice(0, 2), ["CloudTrailLogMetrics", "KMSKeyPendingDeletionErrorCount"]);
  assert.equal(graph.stat, "Sum");
});

test("a filter by fields has dimensions, and an alarm watches the sum of its metrics", async () => {
  await go(page, `/console/us-east-1/cloudwatch/logs/groups/${group}/metric-filter`);
  await page.getByLabel("Filter pattern").fill('{ $.eventName = "*" }');
  await next();
  await page.getByLabel("Filter name").fill("ByName");
  await page.getByLabel("Metric namespace").fill("Calls");
  await page.getByLabel("Metric name", { exact: true }).fill("Calls");
  await page.getByRole("button", { name: "Add dimension" }).click();
  await page.getByRole("textbox", { name: "Dimension name" }).fill("Event");
  await page.getByRole("textbox", { name: "Dimension value" }).fill("eventName");
  await next();
  await sees(page, "Enter a field of the pattern such as $.eventName or $name.");
  await page.getByRole("textbox", { name: "Dimension value" }).fill("$.eventName");
  await next();
  await page.getByRole("button", { name: "Create metric filter" }).click();
  await sees(page, "Metric filter ByName created");
  assert.deepEqual((await filters()).find((f) => f.filterName === "ByName").metricTransformations[0].dimensions, { Event: "$.eventName" });
  await page.getByRole("checkbox", { name: "Select ByName" }).click();
  await page.getByRole("button", { name: "Create alarm" }).click();
  await sees(page, /^SUM\(SEARCH\(.*MetricName="Calls"/);
  await page.getByLabel("Threshold", { exact: true }).fill("3");
  await sees(page, "This alarm will trigger when the line is > 3 for 1 datapoint within 5 minutes.");
  await go(page, `/console/us-east-1/cloudwatch/logs/groups/${group}?tab=metric-filters`);
});

test("filters are deleted", async () => {
  await page.getByRole("checkbox", { name: "Select all metric filters" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await dialog().getByRole("button", { name: "Delete", exact: true }).click();
  await sees(page, "No metric filters");
  assert.deepEqual(await filters(), []);
});
