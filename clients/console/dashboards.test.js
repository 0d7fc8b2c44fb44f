// Dashboards: what is on them, how it is arranged, and what is saved.
import assert from "node:assert/strict";

import { accessible, eventually, go, now, sees, setup, signIn, test } from "./lib/world.js";

const { page, cloudwatch } = await setup();

const hostile = '<img src=x onerror="document.title=1">';
const button = (name, of = page) => of.getByRole("button", { name, exact: true });
const widget = (name) => page.getByRole("region", { name: `Widget ${name}` });
const body = async (name = "Shops") => JSON.parse((await cloudwatch("GetDashboard", { DashboardName: name })).DashboardBody);
const save = async () => {
  await button("Save").click();
  await sees(page, "Dashboard Shops saved");
  await button("Dismiss message").first().click();
};
const add = async (kind) => {
  await button("Add widget").first().click();
  const dialog = page.getByRole("dialog", { name: "Add widget" });
  await dialog.getByText(kind, { exact: true }).click();
  await button("Next", dialog).click();
};

test("a dashboard is created", async () => {
  await cloudwatch("PutMetricData", { Namespace: "Shop/Sales", MetricData: [{ MetricName: "Requests", Timestamp: now(), Value: 3 }] });
  await cloudwatch("PutMetricAlarm", { AlarmName: hostile, Namespace: "Shop/Sales", MetricName: "Requests", Statistic: "Sum", Period: 60, EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: "GreaterThanThreshold" });
  await eventually("the metric is listed", async () => (await cloudwatch("ListMetrics", { Namespace: "Shop/Sales" })).Metrics.length === 1);
  await signIn(page, undefined, "/console/us-east-1/cloudwatch/dashboards");
  await sees(page, "A dashboard shows graphs, texts and the states of alarms side by side.");
  await accessible(page);
  await button("Create dashboard").first().click();
  const dialog = page.getByRole("dialog", { name: "Create new dashboard" });
  await dialog.getByLabel("Dashboard name").fill("no spaces");
  await dialog.getByText("A name has letters").waitFor();
  await dialog.getByLabel("Dashboard name").fill("Shops");
  await accessible(page);
  await button("Create dashboard", dialog).click();
  await page.getByRole("dialog", { name: "Add widget" }).waitFor();
  assert.deepEqual(await body(), { widgets: [] });
  await accessible(page);
});

test("a graph is added", async () => {
  const dialog = page.getByRole("dialog", { name: "Add widget" });
  await button("Next", dialog).click();
  const graph = page.getByRole("dialog", { name: "Add metric graph" });
  await graph.getByText("Select at least one metric.").waitFor();
  await graph.getByRole("link", { name: "Shop/Sales" }).click();
  await graph.getByRole("link", { name: "Metrics with no dimensions" }).click();
  await graph.getByRole("checkbox", { name: "Select Shop/Sales Requests" }).click();
  await graph.getByRole("tab", { name: "Options" }).click();
  await graph.getByLabel("Title", { exact: true }).fill("Requests of shops");
  await button("Create widget", graph).click();
  await widget("Requests of shops").waitFor();
  await sees(page, "There are changes that are not saved");
});

test("texts are shown as they are, and links that run nothing", async () => {
  await add("Text");
  const dialog = page.getByRole("dialog", { name: "Add text widget" });
  await dialog.getByLabel("Markdown").fill("");
  await button("Create widget", dialog).click();
  await dialog.getByText("Enter a text.").waitFor();
  await dialog.getByLabel("Markdown").fill(`# About\n\n${hostile} and [bad](javascript:alert(1)) and [good](https://example.com/)`);
  await button("Create widget", dialog).click();
  const text = widget("About");
  await text.getByRole("heading", { name: "About" }).waitFor();
  await text.getByText(hostile).waitFor();
  assert.deepEqual(await text.getByRole("link").evaluateAll((all) => all.map((a) => a.getAttribute("href"))), ["https://example.com/"]);
  await accessible(page);
});

test("the states of alarms are shown", async () => {
  await add("Alarm status");
  const dialog = page.getByRole("dialog", { name: "Add alarm status" });
  await button("Create widget", dialog).click();
  await dialog.getByText("Select at least one alarm.").waitFor();
  await dialog.getByRole("button", { name: /^Alarms/ }).click();
  await page.getByRole("option", { name: hostile }).click();
  await page.keyboard.press("Escape");
  await dialog.getByLabel("Title", { exact: true }).fill("States");
  await button("Create widget", dialog).click();
  await widget("States").getByText(hostile).waitFor();
  await save();
  const { widgets } = await body();
  assert.deepEqual(widgets.map((w) => [w.type, w.x, w.y, w.width, w.height]), [["metric", 0, 0, 12, 7], ["text", 0, 7, 6, 4], ["alarm", 0, 11, 6, 5]]);
  assert.deepEqual(widgets[0].properties.metrics[0].slice(0, 2), ["Shop/Sales", "Requests"]);
});

test("widgets are moved by dragging and by keys", async () => {
  const handle = button("Move About");
  await handle.scrollIntoViewIfNeeded();
  const from = await handle.boundingBox();
  const column = (await page.locator(".dashboard").boundingBox()).width / 24;
  await page.mouse.move(from.x + 5, from.y + 5);
  await page.mouse.down();
  await page.mouse.move(from.x + 5 + 12 * column, from.y - 100, { steps: 5 });
  await page.mouse.move(from.x + 5 + 12 * column, from.y + 5 - 7 * 60, { steps: 5 });
  await page.mouse.up();
  await button("Resize About").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await button("Move States").focus();
  await page.keyboard.press("ArrowRight");
  await save();
  const { widgets } = await body();
  assert.deepEqual(widgets.map((w) => [w.type, w.x, w.y, w.width, w.height]), [["metric", 0, 0, 12, 7], ["text", 12, 0, 7, 5], ["alarm", 1, 7, 6, 5]]);
});

test("widgets are changed, duplicated and deleted", async () => {
  await button("Widget actions for About").click();
  await page.getByRole("menuitem", { name: "Edit" }).click();
  const dialog = page.getByRole("dialog", { name: "Edit text widget" });
  await dialog.getByLabel("Markdown").fill("# Changed");
  await button("Update widget", dialog).click();
  await button("Widget actions for Changed").click();
  await page.getByRole("menuitem", { name: "Duplicate" }).click();
  await eventually("there are two", async () => (await widget("Changed").count()) === 2);
  await button("Widget actions for Changed").first().click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await eventually("there is one", async () => (await widget("Changed").count()) === 1);
});

test("leaving with changes asks", async () => {
  await page.getByRole("link", { name: "Dashboards", exact: true }).first().click();
  const dialog = page.getByRole("dialog", { name: "Leave without saving?" });
  await button("Stay", dialog).click();
  await widget("Changed").waitFor();
  await page.goBack();
  await dialog.waitFor();
  await accessible(page);
  await button("Save and leave", dialog).click();
  await page.getByRole("heading", { name: "Shops", exact: true }).waitFor({ state: "hidden" });
  assert.equal((await body()).widgets.filter((w) => w.properties.markdown === "# Changed").length, 1);
});

test("what is not understood is kept", async () => {
  await go(page, "/console/us-east-1/cloudwatch/dashboards/Shops");
  await button("Actions").click();
  await page.getByRole("menuitem", { name: "View/edit source" }).click();
  const dialog = page.getByRole("dialog", { name: "Dashboard source" });
  const source = dialog.getByRole("textbox", { name: "Source" });
  const all = JSON.parse(await source.inputValue());
  await source.fill("[1]");
  await button("Update", dialog).click();
  await dialog.getByText("The body must be a JSON object.").waitFor();
  all.periodOverride = "inherit";
  all.widgets.push({ type: "log", x: 0, y: 30, width: 6, height: 6, properties: { query: hostile, region: "us-east-1", view: "table" } });
  await source.fill(JSON.stringify(all));
  await button("Update", dialog).click();
  await sees(page, "This console does not show widgets of the type log.");
  await accessible(page);
  await save();
  const stored = await body();
  assert.equal(stored.periodOverride, "inherit");
  assert.deepEqual(stored.widgets.at(-1).properties, { query: hostile, region: "us-east-1", view: "table" });
});

test("the service says what is wrong with a body", async () => {
  await button("Widget actions for Widget of the type log").click();
  await page.getByRole("menuitem", { name: "View source" }).click();
  const dialog = page.getByRole("dialog", { name: "Widget source" });
  await dialog.getByRole("textbox", { name: "Source" }).fill('{"view": "table"}');
  await button("Update", dialog).click();
  await button("Save").click();
  await sees(page, /should have required property 'query'/i);
});

test("range, period and refreshing are of the whole dashboard", async () => {
  await page.getByRole("button", { name: /12h|12 hours/ }).click();
  await page.getByRole("button", { name: /^Period override/ }).click();
  await page.getByRole("option", { name: "1 hour" }).click();
  await button("Refresh options").click();
  await page.getByRole("menuitemcheckbox", { name: "10 seconds" }).click();
  await sees(page, "Refreshes every 10 seconds");
});

test("a dashboard is deleted", async () => {
  await button("Actions").click();
  await page.getByRole("menuitem", { name: "Delete dashboard" }).click();
  await button("Delete", page.getByRole("dialog", { name: "Delete dashboard" })).click();
  await sees(page, "Dashboard Shops deleted");
  await sees(page, "No dashboards");
  assert.equal((await cloudwatch("ListDashboards")).DashboardEntries.length, 0);
});
