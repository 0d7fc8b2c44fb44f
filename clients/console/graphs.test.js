// Graphs, as every screen shows them: each figure that is plotted is one of GetMetricData.
import assert from "node:assert/strict";

import { accessible, eventually, expected, go, newContext, now, sees, setup, signIn, test } from "./lib/world.js";

const { page, cloudwatch } = await setup();

const minute = 60_000;
const namespace = "Shop";
/** The beginning of a period of five minutes, two and a half hours ago. */
const start = Math.floor((now() - 150 * minute) / (5 * minute)) * 5 * minute;
const at = (period) => new Date(start + period * 5 * minute);

const metric = (Host) => ({ MetricName: "Calls", Dimensions: [{ Name: "Host", Value: Host }] });
const put = (MetricData) => cloudwatch("PutMetricData", { Namespace: namespace, MetricData });
const graph = {
  title: "Calls", region: "us-east-1", stat: "Sum", period: 300, view: "timeSeries",
  metrics: [[namespace, "Calls", "Host", "one", { id: "m1", label: "one" }], ["...", "two", { id: "m2", label: "two" }], ["...", "three", { id: "m3", label: "three" }]],
};
const screen = (g, range) => `/console/us-east-1/cloudwatch/graph?graph=${encodeURIComponent(JSON.stringify(g))}${range ? `&range=${range}` : ""}`;

/** What the API has: for each time, the values of the hosts; undefined where there is none. */
async function figures(StartTime, EndTime, Period = 300) {
  const { MetricDataResults } = await cloudwatch("GetMetricData", {
    StartTime, EndTime, ScanBy: "TimestampAscending",
    MetricDataQueries: ["one", "two", "three"].map((host, i) => ({ Id: `m${i + 1}`, MetricStat: { Metric: { Namespace: namespace, ...metric(host) }, Stat: "Sum", Period } })),
  });
  const rows = new Map();
  MetricDataResults.forEach((r, i) => r.Timestamps.forEach((t, j) => {
    const row = rows.get(+t) ?? [undefined, undefined, undefined];
    row[i] = r.Values[j];
    rows.set(+t, row);
  }));
  return new Map([...rows].sort(([a], [b]) => a - b));
}

/** A time as the console writes it. */
const written = (t, timeZone = "UTC", sign = "UTC+00:00", second = undefined) => `${new Date(t).toLocaleString("en-US", {
  timeZone, year: "numeric", month: "short", day: "2-digit", hour: "2-digit", minute: "2-digit", second, hourCycle: "h23",
})} (${sign})`;

const menu = async (entry, { of = page, name = "Calls" } = {}) => {
  await of.getByRole("button", { name: `Graph actions for ${name}` }).click();
  // What drops down from a dialog is beside it.
  await (of.page ? of.page() : of).getByRole("menuitem", { name: entry, exact: true }).click();
};

/** Waits until the page shows what it should. */
const shows = (check) => eventually("the page shows it", async () => (await check(), true));

/** The rows of the table of a graph, the oldest first. */
async function table(of = page, name = "Calls") {
  const rows = await of.getByRole("table", { name: `Values of ${name}` }).getByRole("row").allInnerTexts();
  return rows.slice(1).map((r) => r.split(/[\t\n]+/).map((c) => c.trim())).filter((cells) => cells.length > 1).reverse();
}

const inTable = (map, ...zone) => [...map].map(([t, values]) => [written(t, ...zone), ...values.map((v) => (v === undefined ? "–" : v.toLocaleString("en-US")))]);
const plotted = (of = page) => of.getByRole("application", { name: /^Calls, / });
const popup = (of = page) => of.getByRole("tooltip").filter({ visible: true });

test("the figures of a graph are those of GetMetricData", async () => {
  const values = { one: [5, 7, null, 3, null, null, 1234.5, 10, 4], two: [1, null, 2, 2, 2, 2, 2, 200, 2], three: [] };
  await put(Object.entries(values).flatMap(([host, list]) => list.flatMap((v, i) => (v === null ? [] : [{ ...metric(host), Timestamp: at(i), Value: v }]))));
  await signIn(page, undefined, screen(graph));
  await plotted().waitFor();
  await accessible(page);
  await menu("View as table");
  assert.deepEqual(await table(), inTable(await figures(at(0), at(20))));
  await accessible(page);
  await menu("View as graph");
});

test("the pop-up at each point lists the lines with their dimensions, the highest first", async () => {
  await plotted().focus();
  for (const [t, values] of await figures(at(0), at(20))) {
    await page.keyboard.press("ArrowRight");
    const lines = ["one", "two", "three"].map((host, i) => ({ host, value: values[i] })).sort((a, b) => (b.value ?? -1) - (a.value ?? -1));
    await popup().filter({ hasText: written(t) }).waitFor();
    const said = (await popup().innerText()).split("\n").map((s) => s.trim()).filter(Boolean);
    assert.deepEqual(said, [written(t), ...lines.flatMap(({ host, value }) => [host, `Host: ${host}`, value === undefined ? "–" : value.toLocaleString("en-US")])]);
  }
  await page.keyboard.press("Escape");
  await popup().waitFor({ state: "detached" });
});

/** Drags over a part of the picture; the ends are shares of its width. */
async function drag(of, from, to) {
  const box = await of.boundingBox();
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, y + 9, { steps: 4 });
  await page.mouse.up();
}

/** The time of the first point that is in sight. */
async function first() {
  await plotted().focus();
  await page.keyboard.press("Home");
  return (await popup().innerText()).split("\n")[0].trim();
}

test("dragging over a part zooms in, and a button zooms out", async () => {
  assert.equal(await first(), written(at(0)));
  await drag(plotted(), 0.3, 0.5); // the last three hours: from about 54 to 90 minutes after their beginning
  const reset = page.getByRole("button", { name: "Reset zoom of Calls" });
  await reset.waitFor();
  const zoomed = await first();
  assert.notEqual(zoomed, written(at(0)));
  assert.ok([...(await figures(at(1), at(20))).keys()].some((t) => written(t) === zoomed), zoomed);
  await drag(plotted(), 0.1, 0.9);
  await reset.click();
  await reset.waitFor({ state: "detached" });
  assert.equal(await first(), written(at(0)));
});

test("a click in the list hides a line", async () => {
  const entry = page.getByRole("list", { name: "Lines of Calls" }).getByRole("button", { name: "two" });
  await entry.click();
  assert.equal(await entry.getAttribute("aria-pressed"), "false");
  await menu("View as table");
  assert.deepEqual(await page.getByRole("columnheader").allInnerTexts(), ["Time", "one", "three"]);
  await entry.click();
  assert.deepEqual(await page.getByRole("columnheader").allInnerTexts(), ["Time", "one", "two", "three"]);
});

test("the buttons of the bar choose the range", async () => {
  await page.getByRole("button", { name: "1h, last 1 hour" }).click();
  await sees(page, "No data available"); // the last value is older
  assert.equal(new URL(page.url()).searchParams.get("range"), "1h");
  await page.getByRole("button", { name: "12h, last 12 hours" }).click();
  await shows(async () => assert.deepEqual(await table(), inTable(await figures(at(0), at(20)))));
});

/** Fills in a custom range that is not applied yet. */
async function custom(of, fields, zone) {
  await of.getByRole("button", { name: /^Custom/ }).click();
  const dialog = of.getByRole("dialog", { name: "Custom time range" });
  if (zone) {
    await dialog.getByLabel("Time zone").click();
    await of.getByRole("option", { name: zone }).click(); // beside the dialog
  }
  for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label, { exact: true }).fill(value);
  return dialog;
}

/** A moment as the fields have it. */
const fieldsOf = (name, t) => ({ [`${name} date`]: t.toISOString().slice(0, 10).replaceAll("-", "/"), [`${name} time`]: t.toISOString().slice(11, 19) });

test("a custom range goes from one moment to another in UTC", async () => {
  const dialog = await custom(page, { ...fieldsOf("Start", at(3)), ...fieldsOf("End", at(1)) }, "UTC");
  await dialog.getByRole("button", { name: "Apply" }).click();
  await dialog.getByText("The end must be after the start.").waitFor();
  await accessible(page);
  await dialog.getByLabel("Start time").fill("12");
  await dialog.getByText("Enter a time as hh:mm:ss").waitFor();
  for (const [label, value] of Object.entries({ ...fieldsOf("Start", at(1)), ...fieldsOf("End", at(7)) })) await dialog.getByLabel(label, { exact: true }).fill(value);
  await dialog.getByRole("button", { name: "Apply" }).click();
  await dialog.waitFor({ state: "detached" });
  await shows(async () => assert.deepEqual(await table(), inTable(await figures(at(1), at(7)))));
});

test("a custom range in the local time zone means the local time", async () => {
  const { page: other } = await newContext({ timezoneId: "Asia/Kolkata" });
  await signIn(other, undefined, screen(graph));
  await menu("View as table", { of: other });
  const local = (t) => new Date(+t + 330 * minute);
  const dialog = await custom(other, { ...fieldsOf("Start", local(at(1))), ...fieldsOf("End", local(at(4))) }, "Local time zone");
  await dialog.getByRole("button", { name: "Apply" }).click();
  await shows(async () => assert.deepEqual(await table(other), inTable(await figures(at(1), at(4)), "Asia/Kolkata", "UTC+05:30")));
  await other.context().close();
});

test("a relative range of one's own", async () => {
  const dialog = await custom(page, {});
  await dialog.getByRole("tab", { name: "Relative" }).click();
  await dialog.getByLabel("Duration").fill("0");
  await dialog.getByRole("button", { name: "Apply" }).click();
  await dialog.getByText("Enter a whole number of at least 1.").waitFor();
  await dialog.getByLabel("Duration").fill("4");
  await dialog.getByRole("button", { name: "Apply" }).click();
  await page.getByRole("button", { name: "Custom (4h)" }).waitFor();
  await shows(async () => assert.deepEqual(await table(), inTable(await figures(at(0), at(20)))));
});

test("graphs are read again by a button, and by themselves", async () => {
  await put([{ ...metric("three"), Timestamp: at(9), Value: 31 }]);
  await page.getByRole("button", { name: "Refresh", exact: true }).click();
  await shows(async () => assert.equal((await table()).at(-1).at(-1), "31"));
  await page.getByRole("button", { name: "Refresh options" }).click();
  assert.deepEqual(await page.getByRole("menuitemcheckbox").allInnerTexts(), ["Off", "10 seconds", "1 minute", "2 minutes", "5 minutes", "15 minutes"]);
  await page.getByRole("menuitemcheckbox", { name: "10 seconds" }).click();
  await sees(page, "Refreshes every 10 seconds");
  await put([{ ...metric("three"), Timestamp: at(9), Value: 1 }]);
  await shows(async () => assert.equal((await table()).at(-1).at(-1), "32"));
});

test("the enlarged view has a period of its own, down to a second, and ends with it", async () => {
  const second = Math.floor(now() / 1000) * 1000 - 20 * 60_000;
  await put([0, 1, 2, 5].map((s) => ({ ...metric("one"), Timestamp: new Date(second + s * 1000), Value: s + 1, StorageResolution: 1 })));
  await go(page, screen(graph, "3h"));
  await menu("Enlarge");
  const dialog = page.getByRole("dialog", { name: "Calls" });
  const period = dialog.getByRole("button", { name: /Period options/ });
  await period.filter({ hasText: "5 minutes" }).waitFor();
  await period.click();
  assert.deepEqual((await page.getByRole("option").allInnerTexts()).map((text) => text.split("\n")[0]), [
    "1 second", "5 seconds", "10 seconds", "30 seconds", "1 minute", "5 minutes", "15 minutes", "1 hour", "6 hours", "1 day", "7 days", "30 days",
  ]);
  await page.getByRole("option", { name: "1 second" }).click();
  await dialog.getByRole("button", { name: "1h, last 1 hour" }).click();
  await menu("View as table", { of: dialog });
  const rows = [0, 1, 2, 5].map((s) => [written(second + s * 1000, "UTC", "UTC+00:00", "2-digit"), String(s + 1), "–", "–"]);
  await shows(async () => assert.deepEqual(await table(dialog), rows));
  await accessible(page);
  await dialog.getByRole("button", { name: "Close enlarged graph" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.equal(await page.getByRole("button", { name: "3h, last 3 hours" }).getAttribute("aria-pressed"), "true");
  await menu("Enlarge");
  await dialog.getByRole("button", { name: /Period options/ }).filter({ hasText: "5 minutes" }).waitFor();
  await dialog.getByRole("button", { name: "Close enlarged graph" }).click();
});

test("a graph is added below what is on a dashboard, or to a new one", async () => {
  const before = { start: "-PT12H", widgets: [{ type: "text", x: 0, y: 0, width: 24, height: 2, properties: { markdown: "# mine" } }] };
  await cloudwatch("PutDashboard", { DashboardName: "Shops", DashboardBody: JSON.stringify(before) });
  const dialog = page.getByRole("dialog", { name: "Add to dashboard" });
  const bodyOf = async (DashboardName) => JSON.parse((await cloudwatch("GetDashboard", { DashboardName })).DashboardBody);

  await menu("Add to dashboard");
  await dialog.getByRole("button", { name: "Add to dashboard" }).click();
  await dialog.getByText("Choose a dashboard.").waitFor();
  await accessible(page);
  await dialog.getByRole("button", { name: /Choose a dashboard/ }).click();
  await page.getByRole("option", { name: "Shops" }).click();
  await dialog.getByRole("button", { name: "Add to dashboard" }).click();
  await sees(page, "The graph was added to the dashboard");
  const after = await bodyOf("Shops");
  assert.deepEqual({ ...after, widgets: after.widgets.slice(0, 1) }, before);
  assert.equal(after.widgets[1].y, 2);
  assert.equal(after.widgets[1].properties.title, "Calls");
  assert.deepEqual(after.widgets[1].properties.metrics[0], [namespace, "Calls", "Host", "one", { label: "one", id: "m1" }]);

  await menu("Add to dashboard");
  await dialog.getByRole("radio", { name: "New dashboard" }).check();
  await dialog.getByLabel("Dashboard name").fill("two words");
  await dialog.getByRole("button", { name: "Add to dashboard" }).click();
  await dialog.getByText("A name has letters (A-Z, a-z), digits, - and _ only.").waitFor();
  await dialog.getByLabel("Dashboard name").fill("Fresh");
  await dialog.getByRole("button", { name: "Add to dashboard" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.equal((await bodyOf("Fresh")).widgets.length, 1);
});

test("a search shows a line for each metric, and an error has its code", async () => {
  const search = (expression) => ({ title: "Found", region: "us-east-1", metrics: [[{ id: "e1", expression, label: "" }]] });
  await go(page, screen(search(`SEARCH('{${namespace},Host} Calls', 'Sum')`), "3h"));
  await page.getByRole("list", { name: "Lines of Found" }).getByRole("button", { name: "three" }).waitFor();
  assert.deepEqual((await page.getByRole("list", { name: "Lines of Found" }).getByRole("button").allInnerTexts()).sort(), ["one", "three", "two"]);
  expected(/status of 400/);
  await go(page, screen(search("NOTHING(")));
  await sees(page, "ValidationError");
});

test("No data available", async () => {
  await go(page, screen({ ...graph, metrics: [["Nowhere", "Nothing"]] }));
  await sees(page, "No data available");
  await go(page, "/console/us-east-1/cloudwatch/graph?graph=%7B");
  await sees(page, "This address has no graph");
});

test("a graph is looked at in the metrics, and made an alarm of", async () => {
  for (const [entry, path] of [["View in metrics", "metrics"], ["Create alarm", "alarms/create/metric"]]) {
    await go(page, screen(graph));
    await plotted().waitFor();
    await menu(entry);
    await page.waitForURL(new RegExp(`/console/us-east-1/cloudwatch/${path}\\?`));
    assert.deepEqual(JSON.parse(new URL(page.url()).searchParams.get("graph")).metrics[1], [namespace, "Calls", "Host", "two", { label: "two", id: "m2" }]);
  }
});
