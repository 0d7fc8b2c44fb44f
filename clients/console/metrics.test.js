// All metrics: choosing what a graph shows, and what becomes of the graph.
import assert from "node:assert/strict";

import { accessible, eventually, go, now, sees, setup, signIn, test } from "./lib/world.js";

const { page, cloudwatch } = await setup({ permissions: ["clipboard-read", "clipboard-write"] });

const hostile = '<img src=x onerror="document.title=1">';
const at = () => page.evaluate(() => location.href).then((href) => new URL(href));
/** The lines of the graph that the address has. */
const lines = async () => JSON.parse((await at()).searchParams.get("graph") ?? '{"metrics":[]}').metrics;
const tab = (name) => page.getByRole("tab", { name });

test("there are metrics", async () => {
  const minute = Math.floor(now().getTime() / 60_000) * 60_000;
  for (const [MetricName, Shop, value] of [["Requests", "north", 10], ["Requests", "south", 20], ["Errors", "north", 2], ["Errors", hostile, 5]]) {
    await cloudwatch("PutMetricData", {
      Namespace: "Shop/Sales",
      MetricData: [0, 1, 2, 3].map((n) => ({ MetricName, Dimensions: [{ Name: "Shop", Value: Shop }], Timestamp: new Date(minute - (n + 1) * 300_000), Value: value + n })),
    });
  }
  await cloudwatch("PutMetricData", { Namespace: "Shop/Sales", MetricData: [{ MetricName: "Open", Value: 1 }] });
  await eventually("the metrics are listed", async () => (await cloudwatch("ListMetrics", { Namespace: "Shop/Sales" })).Metrics.length === 5);
  await signIn(page);
});

test("namespaces, dimensions and metrics lead to a graph", async () => {
  await go(page, "/console/us-east-1/cloudwatch/metrics");
  await page.getByRole("link", { name: "Shop/Sales" }).click();
  await sees(page, "Metrics with no dimensions");
  await accessible(page);
  await page.getByRole("link", { name: "Shop", exact: true }).click();
  await sees(page, hostile);
  await page.getByRole("checkbox", { name: "Select Shop/Sales Requests Shop=north" }).click();
  await page.getByRole("checkbox", { name: "Select Shop/Sales Errors Shop=north" }).click();
  await page.getByRole("button", { name: "Errors", exact: true }).waitFor();
  assert.deepEqual((await lines()).map((l) => l.slice(0, 4)), [["Shop/Sales", "Requests", "Shop", "north"], ["Shop/Sales", "Errors", "Shop", "north"]]);
  await accessible(page);
});

test("a search finds metrics by any of their words", async () => {
  await page.getByLabel("Search metrics").fill("south requests");
  await sees(page, "1 match");
  assert.equal((await at()).searchParams.get("search"), "south requests");
  await page.getByLabel("Search metrics").fill("nothing of the kind");
  await sees(page, "No metrics match the search.");
  await page.getByRole("button", { name: "Clear search" }).click();
});

test("lines have statistics, periods, labels, axes and an order", async () => {
  await tab(/^Graphed metrics/).click();
  const statistic = page.getByLabel("Statistic of Errors");
  await statistic.fill("p1000");
  await statistic.blur();
  await sees(page, "A percentage is at most 100.");
  await statistic.fill("p99.9");
  await statistic.press("Enter");
  await statistic.blur();
  await page.getByLabel("Label of m1").fill("All requests");
  await page.getByRole("button", { name: "Period of All requests" }).click();
  await page.getByRole("option", { name: "1 minute" }).click();
  await page.getByRole("button", { name: "Y axis of Errors" }).click();
  await page.getByRole("option", { name: "Right" }).click();
  await page.getByRole("button", { name: "Move Errors up" }).click();
  await eventually("the address has the lines", async () => {
    const [first, second] = (await lines()).map((l) => l.at(-1));
    return first.stat === "p99.9" && first.yAxis === "right" && second.label === "All requests" && second.period === 60;
  });
  await accessible(page);
});

test("math is checked before it is added", async () => {
  const add = async () => {
    await page.getByRole("button", { name: "Add math" }).click();
    await page.getByRole("menuitem", { name: "Start with empty expression" }).click();
  };
  await add();
  const dialog = page.getByRole("dialog", { name: "Add math expression" });
  const apply = dialog.getByRole("button", { name: "Apply" });
  await apply.click();
  await dialog.getByText("Enter an expression.").waitFor();
  await dialog.getByLabel("Expression").fill("m2 / m7");
  await dialog.getByText("No line has the id m7.").waitFor();
  await dialog.getByLabel("Expression").fill("NOSUCH(m1)");
  await apply.click();
  await dialog.getByText(/NOSUCH/i).filter({ hasNotText: /^NOSUCH\(m1\)$/ }).first().waitFor();
  await dialog.getByLabel("Expression").fill("100 * m2 / m1");
  await dialog.getByLabel("Label - optional").fill(hostile);
  await accessible(page);
  await apply.click();
  await dialog.waitFor({ state: "hidden" });
  assert.equal((await lines())[2].at(-1).expression, "100 * m2 / m1");
  await page.getByRole("button", { name: hostile, exact: true }).waitFor();
  await page.getByRole("checkbox", { name: `Show ${hostile}` }).click();
  await eventually("the line is hidden", async () => (await lines())[2].at(-1).visible === false);
});

test("options and source change the same graph", async () => {
  await tab("Options").click();
  await page.getByText("Stacked area").click();
  await page.getByLabel("Title").fill("Sales of today");
  await page.getByLabel("Left Y axis minimum").fill("x");
  await sees(page, "Enter a number, or nothing for automatic.");
  await page.getByLabel("Left Y axis minimum").fill("0");
  await page.getByRole("button", { name: "Add horizontal annotation" }).click();
  await accessible(page);
  await tab("Source").click();
  const source = page.getByRole("textbox", { name: "Source" });
  const graph = JSON.parse(await source.inputValue());
  assert.equal(graph.stacked, true);
  assert.equal(graph.title, "Sales of today");
  assert.equal(graph.yAxis.left.min, 0);
  assert.deepEqual(graph.annotations.horizontal, [{ value: 0 }]);
  await source.fill('{"metrics":');
  await sees(page, /This is not valid JSON/);
  await source.fill(JSON.stringify({ ...graph, metrics: [["Shop/Sales", "Requests", "Shop", "south"]], stacked: false }));
  await page.getByRole("button", { name: "Update", exact: true }).click();
  await eventually("the graph is that of the source", async () => (await lines()).length === 1 && (await lines())[0][3] === "south");
  await accessible(page);
});

test("the link shows the same graph to others", async () => {
  await page.getByRole("button", { name: "1h", exact: false }).filter({ hasText: /^1h$/ }).click();
  await eventually("the address has the range", async () => (await at()).searchParams.get("range") === "1h");
  await page.getByRole("button", { name: "Copy link" }).click();
  const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
  assert.equal(link.searchParams.get("range"), "1h");
  assert.match(link.searchParams.get("graph"), /south/);
  await go(page, "/console/us-east-1/cloudwatch/alarms");
  await sees(page, "No alarms");
  await go(page, link.pathname + link.search);
  await tab("Graphed metrics (1)").waitFor();
  await sees(page, "Shop: south");
});

test("a graph is added to a dashboard", async () => {
  await page.getByRole("button", { name: "Add to dashboard" }).click();
  const dialog = page.getByRole("dialog", { name: "Add to dashboard" });
  await dialog.getByLabel("Dashboard name").fill("no spaces here");
  await dialog.getByRole("button", { name: "Add to dashboard" }).click();
  await dialog.getByText("A name has letters").waitFor();
  await dialog.getByLabel("Dashboard name").fill("Sales");
  await dialog.getByRole("button", { name: "Add to dashboard" }).click();
  await sees(page, /was added to the dashboard/);
  const { widgets } = JSON.parse((await cloudwatch("GetDashboard", { DashboardName: "Sales" })).DashboardBody);
  assert.deepEqual(widgets[0].properties.metrics[0].slice(0, 4), ["Shop/Sales", "Requests", "Shop", "south"]);
});

test("an alarm is begun from a line", async () => {
  await page.getByRole("button", { name: "Create alarm on Requests" }).click();
  await page.getByRole("heading", { name: "Create alarm" }).waitFor();
  await sees(page, "Shop/Sales");
  await sees(page, "south");
});
