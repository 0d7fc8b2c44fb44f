// needs: hsm, mail, proxy
// Takes the pictures of docs/screenshots: `make screenshots`.
import fs from "node:fs";
import path from "node:path";

import { quietOf } from "./lib/quiet.js";
import { scene } from "./lib/scene.js";
import { go, newContext, setup, signIn, test } from "./lib/world.js";

const dir = process.env.CONSOLE_SCREENSHOTS;
await setup();
const all = {};

const encoded = encodeURIComponent;
const region = "/console/us-east-1";
const explorer = () => ({ title: "Latency of the proxy", region: "us-east-1", stat: "Average", period: 300, view: "timeSeries", metrics: all.latency });

/** The name of each picture, its screen, a heading to wait for, and one to scroll to. */
const screens = {
  overview: () => ["/", "Overview"],
  keys: () => ["/kms/keys", /Customer managed keys \(/],
  key: () => [`/kms/keys/${all.keys.orders}`],
  "create-key": () => ["/kms/keys/create"],
  "external-key-store": () => [`/kms/external-stores/${all.external}?tab=monitoring`, undefined, "Monitoring"],
  metrics: () => [`/cloudwatch/metrics?graph=${encoded(JSON.stringify(explorer()))}&range=3h`],
  alarm: () => ["/cloudwatch/alarms/KMSKeyPendingDeletion"],
  dashboard: () => ["/cloudwatch/dashboards/Key-stores"],
  "log-group": () => ["/cloudwatch/logs/groups/audit?tab=search"],
  events: () => ["/cloudtrail/events"],
  policy: () => [`/iam/policies/${encoded(all.policy)}`],
};

async function picture(page, quiet, name, [to, heading, top], kind) {
  await go(page, region + to);
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  if (heading) await page.getByRole("heading", { name: heading }).first().waitFor();
  await quiet();
  if (top) await page.getByRole("heading", { name: top, exact: true }).last().evaluate((h) => window.scrollBy(0, h.getBoundingClientRect().top - 110));
  await page.mouse.move(0, 0);
  await page.screenshot({ path: path.join(dir, `${name}${kind}.png`), animations: "disabled" });
}

test("three hours of a company", async () => {
  fs.mkdirSync(dir, { recursive: true });
  Object.assign(all, await scene());
});

for (const [kind, options, names] of [
  ["", {}, Object.keys(screens)],
  ["-dark", { colorScheme: "dark" }, ["overview", "key", "external-key-store"]],
  ["-narrow", { viewport: { width: 390, height: 844 } }, ["overview", "keys", "external-key-store"]],
]) {
  test(`pictures${kind}`, async () => {
    const { context, page } = await newContext(options);
    const quiet = quietOf(page);
    await signIn(page);
    for (const name of names) await picture(page, quiet, name, screens[name](), kind);
    await context.close();
  });
}
