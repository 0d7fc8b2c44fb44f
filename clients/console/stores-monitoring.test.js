// needs: proxy
// The five graphs of an external key store after a load with known errors: each figure that is
// plotted is compared with what GetMetricData has of the single metrics.
import assert from "node:assert/strict";

import { accessible, advance, control, eventually, go, now, proxy, sees, setup, signIn, test } from "./lib/world.js";

const { page, kms, cloudwatch } = await setup();

const minute = 60_000;
const titles = ["Total requests", "Reliability", "Latency", "Top 5 exceptions", "Certificate days to expire"];
let id;
let key;
const screen = () => `/console/us-east-1/kms/external-stores/${id}`;
const graph = (name, of = page) => of.getByRole("region", { name, exact: true });
const plotted = (name, of = page) => of.getByRole("application", { name: new RegExp(`^${name}, `) });
const popup = () => page.getByRole("tooltip").filter({ visible: true });
const written = (t) => `${new Date(t).toLocaleString("en-US", { timeZone: "UTC", year: "numeric", month: "short", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" })} (UTC+00:00)`;
const exact = (v) => (v === undefined ? "–" : v.toLocaleString("en-US", { maximumSignificantDigits: 15 }));

const menu = async (name, entry, of = page) => {
  await of.getByRole("button", { name: `Graph actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: entry, exact: true }).click();
};

/** The table of a graph: { time: { line: value } } in the order of its columns. */
async function table(name, of = page) {
  const rows = await of.getByRole("table", { name: `Values of ${name}` }).getByRole("row").allInnerTexts();
  const cells = rows.map((r) => r.split(/[\t\n]+/).map((c) => c.trim())).filter((c) => c.length > 1);
  const lines = cells[0].slice(1).map((c) => c.replace(/ \((%|ms|days)\)$/, ""));
  return { lines, rows: Object.fromEntries(cells.slice(1).map(([t, ...values]) => [t, Object.fromEntries(lines.map((l, i) => [l, values[i]]))])) };
}

/** The metrics of the key store with a statistic in the last three hours: [{ dimensions, values: Map }]. */
async function metrics(MetricName, Stat, Period = 300) {
  const { Metrics } = await cloudwatch("ListMetrics", { Namespace: "AWS/KMS", MetricName, Dimensions: [{ Name: "CustomKeyStoreId", Value: id }] });
  if (Metrics.length === 0) return [];
  const round = (t) => new Date(Math.floor(t / (Period * 1000)) * Period * 1000);
  const { MetricDataResults } = await cloudwatch("GetMetricData", {
    StartTime: round(now() - 180 * minute), EndTime: new Date(+round(now()) + Period * 1000),
    MetricDataQueries: Metrics.map((Metric, i) => ({ Id: `m${i}`, MetricStat: { Metric, Stat, Period } })),
  });
  return MetricDataResults.map((r) => ({
    dimensions: Object.fromEntries(Metrics[Number(r.Id.slice(1))].Dimensions.map((d) => [d.Name, d.Value])),
    values: new Map(r.Timestamps.map((t, i) => [+t, r.Values[i]])),
  }));
}

/** Adds up values by time, of the metrics that fit. */
function added(all, fits = () => true) {
  const sums = new Map();
  for (const m of all) if (fits(m.dimensions)) for (const [t, v] of m.values) sums.set(t, (sums.get(t) ?? 0) + v);
  return sums;
}

/** What the tables of the five graphs must show, by time and line. */
async function expectedTables(Period = 300) {
  const [counts, sums, latencies, days] = [await metrics("XksProxyErrors", "SampleCount", Period), await metrics("XksProxyErrors", "Sum", Period), await metrics("XksProxyLatency", "Average", Period), await metrics("XksProxyCertificateDaysToExpire", "Minimum", Period)];
  const total = added(counts);
  const retryable = added(sums, (d) => d.ErrorType === "Retryable");
  const store = `CustomKeyStoreId: ${id}`;
  const one = (map, f) => new Map([[store, new Map([...map].map(([t, v]) => [t, f(t, v)]))]]);
  const names = [...new Set(sums.map((m) => m.dimensions.ExceptionName))].filter((n) => n !== "None").sort();
  const sumOf = (map) => [...map.values()].reduce((a, b) => a + b, 0);
  const top = names.map((n) => [n, added(sums, (d) => d.ExceptionName === n)]).filter(([, m]) => m.size > 0).sort(([, a], [, b]) => sumOf(b) - sumOf(a)).slice(0, 5);
  return {
    "Total requests": one(total, (_, v) => v),
    Reliability: one(total, (t, v) => 100 * (1 - (retryable.get(t) ?? 0) / v)),
    Latency: new Map(latencies.map((m) => [`KmsOperation: ${m.dimensions.KmsOperation}, XksOperation: ${m.dimensions.XksOperation}`, m.values])),
    "Top 5 exceptions": new Map(top),
    "Certificate days to expire": new Map(days.map((m) => [`CertificateName: ${m.dimensions.CertificateName}`, m.values])),
  };
}

function asRows(lines) {
  const times = [...new Set([...lines.values()].flatMap((m) => [...m.keys()]))];
  return Object.fromEntries(times.map((t) => [written(t), Object.fromEntries([...lines].map(([name, m]) => [name, exact(m.get(t))]))]));
}

/** What KMS says of a proxy that was not in time, as happens on a machine that is busy: such a call counts as an error of its own. */
const late = (e) => e.name === "XksProxyUriUnreachableException" || /in time|in the time/.test(e.message);

/** Calls until the proxy was in time, and returns the answer, or the error if one was expected. */
async function call(f, expected) {
  return eventually("the proxy is in time", async () => {
    try {
      const answer = await f();
      assert.equal(expected, undefined);
      return answer;
    } catch (e) {
      if (late(e)) return undefined;
      assert.equal(e.name, expected, e.message);
      return e;
    }
  });
}

const encrypt = () => kms("Encrypt", { KeyId: key, Plaintext: Buffer.from("x"), EncryptionContext: { a: "1" } });
const credential = (RawSecretAccessKey) => ({ AccessKeyId: proxy.accessKeyId, RawSecretAccessKey });
const exceptions = { InvalidCiphertextException: 5, KeyNotFoundException: 4, AuthenticationFailedException: 3, InvalidUriPathException: 2 };

test("a load with known errors", async () => {
  ({ CustomKeyStoreId: id } = await call(() => kms("CreateCustomKeyStore", {
    CustomKeyStoreName: "watched", CustomKeyStoreType: "EXTERNAL_KEY_STORE", XksProxyConnectivity: "PUBLIC_ENDPOINT", XksProxyUriEndpoint: proxy.endpoint,
    XksProxyUriPath: proxy.path, XksProxyAuthenticationCredential: credential(proxy.secretAccessKey),
  })));
  await kms("ConnectCustomKeyStore", { CustomKeyStoreId: id });
  await eventually("it is connected", async () => (await kms("DescribeCustomKeyStores", { CustomKeyStoreId: id })).CustomKeyStores[0].ConnectionState === "CONNECTED");
  ({ KeyMetadata: { KeyId: key } } = await call(() => kms("CreateKey", { Origin: "EXTERNAL_KEY_STORE", CustomKeyStoreId: id, XksKeyId: proxy.keys[0] })));
  // From the beginning of a period on, so that it is known which calls are in which.
  await advance(`${Math.ceil((5 * minute - (now() % (5 * minute))) / 1000) + 20}s`);
  const { CiphertextBlob } = await call(encrypt);
  for (let i = 0; i < 6; i++) await call(encrypt);
  for (let i = 0; i < exceptions.InvalidCiphertextException; i++) await call(() => kms("Decrypt", { CiphertextBlob, EncryptionContext: { a: "2" } }), "KMSInvalidStateException");
  for (let i = 0; i < exceptions.KeyNotFoundException; i++) await call(() => kms("CreateKey", { Origin: "EXTERNAL_KEY_STORE", CustomKeyStoreId: id, XksKeyId: "nowhere" }), "XksKeyNotFoundException");
  await advance("5m");
  for (let i = 0; i < 4; i++) await call(() => kms("GenerateDataKey", { KeyId: key, KeySpec: "AES_256" }));
  const update = (change) => kms("UpdateCustomKeyStore", { CustomKeyStoreId: id, ...change });
  for (let i = 0; i < exceptions.AuthenticationFailedException; i++) await call(() => update({ XksProxyAuthenticationCredential: credential("a".repeat(43)) }), "XksProxyIncorrectAuthenticationCredentialException");
  for (let i = 0; i < exceptions.InvalidUriPathException; i++) await call(() => update({ XksProxyUriPath: "/elsewhere/kms/xks/v1" }), "XksProxyInvalidConfigurationException");
  await advance("5m");
  await control("kill-proxy");
  assert.equal(await encrypt().then(() => "", (e) => e.name), "KMSInvalidStateException");
  await control("start-proxy");
  await advance("5m");
  await advance("1m"); // what was counted is written each minute
  const sums = await metrics("XksProxyErrors", "Sum");
  for (const [name, n] of Object.entries(exceptions)) assert.equal([...added(sums, (d) => d.ExceptionName === name).values()].reduce((a, b) => a + b, 0), n, name);
  assert.equal([...added(sums, (d) => d.ExceptionName === "None" && d.KmsOperation === "Encrypt").values()].reduce((a, b) => a + b, 0), 7);
  assert.ok([...added(sums, (d) => d.ExceptionName === "XksProxyUnreachableException").values()].reduce((a, b) => a + b, 0) >= 1);
});

test("the page of the key store has the five graphs", async () => {
  await signIn(page, undefined, screen());
  for (const title of titles) await plotted(title).waitFor();
  assert.equal(await page.getByRole("button", { name: "3h, last 3 hours" }).getAttribute("aria-pressed"), "true");
  await accessible(page);
});

test("each figure is one of GetMetricData", async () => {
  for (const title of titles) await menu(title, "View as table");
  await eventually("the graphs show what there is", async () => {
    await page.getByRole("button", { name: "Refresh", exact: true }).first().click();
    const expected = await expectedTables();
    for (const title of titles) {
      const { lines, rows } = await table(title);
      assert.deepEqual(rows, asRows(expected[title]), title);
      if (title === "Top 5 exceptions") assert.deepEqual(lines, [...expected[title].keys()]);
    }
    return true;
  });
  const { rows } = await table("Top 5 exceptions");
  const of = (name) => Object.values(rows).reduce((n, r) => n + (Number(r[name]) || 0), 0);
  for (const [name, n] of Object.entries(exceptions)) assert.equal(of(name), n, name);
  const reliability = Object.values((await table("Reliability")).rows).map((r) => Number(Object.values(r)[0]));
  assert.ok(reliability.includes(100) && reliability.some((r) => r < 100), String(reliability));
  await accessible(page);
  for (const title of titles) await menu(title, "View as graph");
});

test("the pop-up at a point has the dimensions and values, and a dash where there is none", async () => {
  const expected = (await expectedTables())["Top 5 exceptions"];
  const times = [...new Set([...expected.values()].flatMap((m) => [...m.keys()]))].sort();
  await plotted("Top 5 exceptions").focus();
  await page.keyboard.press("Home");
  await popup().filter({ hasText: written(times[0]) }).waitFor();
  const said = (await popup().innerText()).split("\n").map((s) => s.trim()).filter(Boolean);
  const first = [...expected].map(([name, m]) => [name, m.get(times[0])]).sort(([, a], [, b]) => (b ?? -1) - (a ?? -1));
  assert.deepEqual(said, [written(times[0]), ...first.flatMap(([name, v]) => [name, exact(v)])]);
  assert.ok(said.includes("–"));
  await page.keyboard.press("Escape");
  await plotted("Latency").focus();
  await page.keyboard.press("Home");
  await popup().filter({ hasText: "KmsOperation: Encrypt, XksOperation: Encrypt" }).waitFor();
  await page.keyboard.press("Escape");
});

test("dragging zooms in, and a button zooms out", async () => {
  const box = await plotted("Total requests").boundingBox();
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.95, box.y + box.height / 2 + 5, { steps: 4 });
  await page.mouse.up();
  const reset = page.getByRole("button", { name: "Reset zoom of Total requests" });
  await reset.click();
  await reset.waitFor({ state: "detached" });
});

test("ranges are those of the whole section", async () => {
  for (const name of ["1h, last 1 hour", "12h, last 12 hours", "1d, last 1 day", "3d, last 3 days", "1w, last 1 week"]) {
    await page.getByRole("button", { name }).click();
    assert.equal(await page.getByRole("button", { name }).getAttribute("aria-pressed"), "true");
  }
  await page.getByRole("button", { name: "3h, last 3 hours" }).click();
});

test("the enlarged view has its own period", async () => {
  await menu("Total requests", "Enlarge");
  const dialog = page.getByRole("dialog", { name: "Total requests" });
  await dialog.getByRole("button", { name: /Period options/ }).click();
  await page.getByRole("option", { name: "1 minute", exact: true }).click();
  await menu("Total requests", "View as table", dialog);
  // The server checks the proxy's health meanwhile, which counts too.
  await eventually("it shows minutes", async () => {
    await dialog.getByRole("button", { name: "Refresh", exact: true }).first().click();
    assert.deepEqual((await table("Total requests", dialog)).rows, asRows((await expectedTables(60))["Total requests"]));
    return true;
  });
  await dialog.getByRole("button", { name: "Close enlarged graph" }).click();
  await dialog.waitFor({ state: "detached" });
});

test("all graphs go to a dashboard", async () => {
  await page.getByRole("button", { name: "Add to dashboard", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Add to dashboard" });
  await dialog.getByLabel("Dashboard name").fill("Stores");
  await dialog.getByRole("button", { name: "Add to dashboard" }).click();
  await dialog.waitFor({ state: "detached" });
  const { widgets } = JSON.parse((await cloudwatch("GetDashboard", { DashboardName: "Stores" })).DashboardBody);
  assert.deepEqual(widgets.map((w) => w.properties.title), titles);
  await menu("Latency", "Add to dashboard");
  await dialog.getByRole("button", { name: /Choose a dashboard/ }).click();
  await page.getByRole("option", { name: "Stores" }).click();
  await dialog.getByRole("button", { name: "Add to dashboard" }).click();
  await dialog.waitFor({ state: "detached" });
  assert.equal(JSON.parse((await cloudwatch("GetDashboard", { DashboardName: "Stores" })).DashboardBody).widgets.length, 6);
});

test("alarms have the recommended thresholds", async () => {
  const cases = [
    ["Certificate days to expire", "LessThanThreshold", "10", "300"],
    ["Latency", "GreaterThanThreshold", "200", "300"],
    ["Reliability", "GreaterThanThreshold", "5", "60"],
    ["Top 5 exceptions", "GreaterThanThreshold", "5", "60"],
  ];
  for (const [title, comparison, threshold, period] of cases) {
    await menu(title, "Create alarm");
    await page.waitForURL(/\/cloudwatch\/alarms\/create\/metric\?/);
    const q = new URL(page.url()).searchParams;
    assert.deepEqual([q.get("comparison"), q.get("threshold"), q.get("period")], [comparison, threshold, period], title);
    await sees(page, new RegExp(`This alarm will trigger when the line is ${comparison === "LessThanThreshold" ? "<" : ">"} ${threshold} for 1 datapoint`));
    const [[{ expression }]] = JSON.parse(q.get("graph")).metrics;
    // The service takes what is filled in.
    await cloudwatch("PutMetricAlarm", {
      AlarmName: q.get("name"), ComparisonOperator: comparison, Threshold: Number(threshold), EvaluationPeriods: 1,
      Metrics: [{ Id: "q1", Expression: expression, Period: Number(period), ReturnData: true }],
    });
    await go(page, screen());
    await plotted(title).waitFor();
  }
  await page.getByRole("button", { name: "Recommended alarms" }).click();
  assert.equal(await page.getByRole("button", { name: /^Create alarm: / }).count(), 8);
  await accessible(page);
});

test("a graph is shown in the metrics explorer", async () => {
  await menu("Reliability", "View in metrics");
  await page.waitForURL(/\/cloudwatch\/metrics\?graph=/);
  await go(page, screen());
});

test("a key store that is disconnected has no data after a while", async () => {
  await kms("DisconnectCustomKeyStore", { CustomKeyStoreId: id });
  await advance("4h");
  await signIn(page, undefined, screen());
  await sees(page, "No data available");
  for (const title of titles) await graph(title).getByText("No data available").waitFor();
  await page.getByRole("button", { name: "12h, last 12 hours" }).click();
  for (const title of titles) await graph(title).getByText("No data available").waitFor({ state: "detached" });
});
