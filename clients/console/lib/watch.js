// Looks at all that the pages of a context do, for what no test asks about.
import assert from "node:assert/strict";

import { oidc, url } from "./api.js";

/** Calls of the API that a test may want to see, newest last. */
const keep = 20;

export async function watch(context) {
  const w = {
    context, faults: [], refused: [], expected: [],
    fault(text) {
      w.faults.push(text.slice(0, 500));
    },
    clear() {
      w.faults.length = w.refused.length = w.expected.length = 0;
    },
    check() {
      assert.deepEqual(w.faults.filter((f) => !w.expected.some((e) => e.test(f))), [], "what the page did wrong");
    },
  };
  const hosts = [url, oidc.issuer].filter(Boolean).map((u) => new URL(u).origin);
  // Chromium tells of a breach on its console too, but not always with what it is about.
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (e) => console.error(`CSP: ${e.violatedDirective} forbids ${e.blockedURI}`));
  });
  context.on("request", (r) => {
    const u = new URL(r.url());
    if (!["data:", "blob:"].includes(u.protocol) && !hosts.includes(u.origin)) w.fault(`a request to another host: ${r.url()}`);
  });
  context.on("weberror", (e) => w.fault(`error: ${e.error()?.stack ?? e.error()}`));
  context.on("console", (m) => {
    // A call of the API that is refused is an answer, not a fault; the test looks at what the page says.
    if (m.type() === "error" && !m.text().startsWith("Failed to load resource: the server responded")) w.fault(`console: ${m.text()}`);
  });
  context.on("response", async (res) => {
    if (res.status() < 400) return;
    const request = res.request();
    const what = request.headers()["x-amz-target"] ?? (request.postData() ?? "").match(/Action=(\w+)/)?.[1] ?? "";
    const text = await res.text().catch(() => "");
    w.refused.push(`${res.status()} ${request.method()} ${new URL(res.url()).pathname} ${what} ${text.slice(0, 400)}`);
    if (w.refused.length > keep) w.refused.shift();
  });
  return w;
}
