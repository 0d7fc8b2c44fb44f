// needs: alone, many-keys
// The console with very much to show. The figures of docs/performance.md are what this prints.
import assert from "node:assert/strict";

import { longest, scripts } from "./lib/measure.js";
import { quietOf } from "./lib/quiet.js";
import { fillSignIn, go, now, sees, setup, signedIn, test, url } from "./lib/world.js";

const { page, cloudwatch } = await setup();
const keys = Number(process.env.CONSOLE_KEYS);
const count = keys.toLocaleString("en-US");

/** A page that does not answer for so long, in milliseconds, is frozen; machines of CI are slow. */
const frozen = 1000;

test("the first load is small", async (t) => {
  const counted = await scripts(page);
  const quiet = quietOf(page);
  await page.goto(`${url}/console/`);
  await fillSignIn(page);
  await signedIn(page);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await quiet();
  const { bytes, files } = await counted.stop();
  t.diagnostic(`first load, sign-in and overview: ${(bytes / 1000).toFixed(0)} KB of compressed JavaScript in ${files} files`);
  assert.ok(bytes > 100_000 && bytes <= 650_000, `${bytes} bytes`);
});

test(`a list of ${count} keys loads and pages without freezing`, async (t) => {
  const total = page.getByRole("heading", { name: `Customer managed keys (${count})` });
  const next = page.getByRole("list", { name: "Pages of keys" }).getByRole("button", { name: "Next page" });
  const begun = Date.now();
  const loading = await longest(page, async () => {
    await go(page, "/console/us-east-1/kms/keys");
    await page.getByRole("heading", { level: 1, name: "Customer managed keys" }).waitFor();
    await next.click(); // while the rest is on its way
    await total.waitFor({ timeout: 120_000 });
  });
  t.diagnostic(`load ${count} keys: ${((Date.now() - begun) / 1000).toFixed(1)} s, longest task ${loading.task} ms, longest frame ${loading.frame} ms`);
  const row = page.getByRole("grid", { name: "Customer managed keys" }).getByRole("row").nth(1);
  let last = await row.innerText();
  const paging = await longest(page, async () => {
    for (let i = 0; i < 10; i++) {
      await next.click();
      const before = last;
      await row.filter({ hasNotText: before.match(/[0-9a-f-]{36}/)[0] }).waitFor();
      last = await row.innerText();
    }
  });
  t.diagnostic(`ten pages on: longest task ${paging.task} ms, longest frame ${paging.frame} ms`);
  const id = last.match(/[0-9a-f-]{36}/)[0];
  const search = page.getByRole("combobox", { name: /keys/i });
  const searching = await longest(page, async () => {
    await search.fill(id);
    await page.keyboard.press("Enter");
    await sees(page, "1 match");
  });
  t.diagnostic(`search by key ID: longest task ${searching.task} ms, longest frame ${searching.frame} ms`);
  for (const m of [loading, paging, searching]) assert.ok(m.task < frozen, `${m.task} ms`);
});

test("a graph of 20,000 points zooms smoothly", async (t) => {
  const points = 20_000;
  const start = Math.floor((now() - (points + 60) * 60_000) / 60_000) * 60_000;
  for (let i = 0; i < points; i += 1000) {
    const MetricData = Array.from({ length: 1000 }, (_, j) => ({
      MetricName: "Load", Timestamp: new Date(start + (i + j) * 60_000), Value: Math.round(500 + 400 * Math.sin((i + j) / 300) + (((i + j) * 7919) % 100)),
    }));
    await cloudwatch("PutMetricData", { Namespace: "Scale", MetricData });
  }
  const graph = { title: "Load", region: "us-east-1", stat: "Average", period: 60, view: "timeSeries", metrics: [["Scale", "Load"]] };
  const range = `${new Date(start).toISOString()}~${new Date(start + points * 60_000).toISOString()}`;
  const plot = page.getByRole("application", { name: /^Load, / });
  const drawing = await longest(page, async () => {
    await go(page, `/console/us-east-1/cloudwatch/graph?graph=${encodeURIComponent(JSON.stringify(graph))}&range=${range}`);
    await plot.waitFor();
  });
  t.diagnostic(`draw ${points.toLocaleString("en-US")} points: longest task ${drawing.task} ms, longest frame ${drawing.frame} ms`);
  const drag = async (from, to) => {
    const box = await plot.boundingBox();
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * from, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * to, y + 9, { steps: 20 });
    await page.mouse.up();
  };
  const zooming = await longest(page, async () => {
    for (let i = 0; i < 3; i++) {
      await drag(0.2, 0.8);
      await page.getByRole("button", { name: "Reset zoom of Load" }).waitFor();
    }
    await page.getByRole("button", { name: "Reset zoom of Load" }).click();
  });
  t.diagnostic(`zoom in three times and back: longest task ${zooming.task} ms, longest frame ${zooming.frame} ms`);
  for (const m of [drawing, zooming]) assert.ok(m.task < frozen, `${m.task} ms`);
});
