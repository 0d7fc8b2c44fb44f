// The world of a test file: a browser, a page of it, the server, and what is around the server.
//
// How to write a test file
//
//   // needs: mail, hsm, proxy            ← the first line: what this file's server has beside it
//   import assert from "node:assert/strict";
//   import { accessible, go, setup, sees, signIn, test } from "./lib/world.js";
//
//   const { page, kms } = await setup();
//
//   test("a key gets a description", async () => {
//     await signIn(page);                                     // as the root user
//     await go(page, "/console/us-east-1/kms/keys");          // or click your way there
//     await page.getByRole("button", { name: "Create key" }).click();
//     …
//     await sees(page, "Your key was created");               // on the page
//     assert.equal((await kms("ListKeys")).Keys.length, 1);   // on the server
//     await accessible(page);
//   });
//
// The first line may ask for
//   mail    an SMTP server; mails() is what it has got
//   hsm     SoftHSM2 behind a driver; hsmCluster() makes an active cluster of two HSMs
//   proxy   a real XKS proxy with ten keys behind a network that can be cut: `proxy`, control()
//   oidc    an OpenID Connect provider with a sign-in page and a button "Sign in with Company login"
//   alone   no other file runs at the same time: for tests that measure
//
// Rules
//   - The tests of a file share one server, one browser and one page, and run in order. After the
//     first that fails, the others are skipped (CONSOLE_KEEP_GOING=1 runs them).
//   - Find things by what a person sees: roles, labels, words. Not by classes or test ids.
//   - The console keeps the session in memory: page.goto() and page.reload() sign out. go() does not.
//   - No sleeps. Playwright waits for what it clicks; sees(), eventually() and waitFor() wait for
//     the rest. Time passes by advance("1h").
//   - A page error, an error on the browser's console, a breach of the Content-Security-Policy or a
//     request to another host fails the test in which it happens, unless expected() names it.
//
// Run one file:  CONSOLE_TESTS=keys CONSOLE_PICTURES=/tmp/pictures go test -count=1 -v -run TestConsole ./clients
import fs from "node:fs";
import path from "node:path";
import { after, test as nodeTest } from "node:test";

import { chromium } from "playwright-core";

import { apis } from "./api.js";
import { watch } from "./watch.js";

export { account, advance, control, credentials, eventually, hsmCluster, mails, now, oidc, operator, proxy, url } from "./api.js";
export { accessible, fillSignIn, go, sees, signedIn, signIn, signOut, stopClock } from "./page.js";

/** The longest that any one step may take. */
export const patience = 30_000;

let world;
let failed = false;

/**
 * Starts a browser with one page and returns what a test uses: browser, context, page, and a
 * function for each service, which calls an operation with the root user's credentials:
 * kms("CreateKey", { … }), iam, sts, cloudwatch, logs, cloudtrail, sns, events, ec2,
 * organizations, cloudhsm. Each has a third argument: { region, credentials }.
 *
 * @param {object} options of the context, beside what all files have
 */
export async function setup(options = {}) {
  const browser = await chromium.launch({
    executablePath: process.env.CONSOLE_CHROMIUM,
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"],
  });
  after(() => browser.close());
  world = { browser, watched: [] };
  const { context, page } = await newContext(options);
  return { browser, context, page, ...apis };
}

/** A second context with a page of its own: another person at another machine. */
export async function newContext(options = {}) {
  const context = await world.browser.newContext({
    viewport: { width: 1440, height: 1000 }, reducedMotion: "reduce", locale: "en-US", timezoneId: "UTC",
    ignoreHTTPSErrors: true, // the OpenID Connect provider's certificate is of its own authority
    ...options,
  });
  context.setDefaultTimeout(patience);
  context.setDefaultNavigationTimeout(patience);
  world.watched.push(await watch(context));
  return { context, page: await context.newPage() };
}

/** Errors that match are no failure of the test that runs now. */
export function expected(pattern) {
  for (const w of world.watched) w.expected.push(pattern);
}

/** A test, or a step of a longer story. It is not begun if one before it has failed. */
export function test(name, body) {
  return nodeTest(name, async (t) => {
    if (failed && !process.env.CONSOLE_KEEP_GOING) {
      t.skip("a test before it has failed");
      return;
    }
    for (const w of world.watched) w.clear();
    try {
      await body(t);
      for (const w of world.watched) w.check();
    } catch (error) {
      failed = true;
      await tell(name);
      throw error;
    }
  });
}

/** What somebody needs to know who looks into a failure. */
async function tell(name) {
  const dir = process.env.CONSOLE_PICTURES;
  for (const [i, w] of world.watched.entries()) {
    for (const line of w.refused) console.error(`  API: ${line}`);
    for (const line of w.faults) console.error(`  page: ${line}`);
    for (const page of w.context.pages()) {
      console.error(`  at ${page.url()}`);
      if (!dir) continue;
      const file = `${process.env.CONSOLE_FILE}-${name.replace(/[^a-z0-9]+/gi, "-")}${i || ""}.png`;
      fs.mkdirSync(dir, { recursive: true });
      await page.screenshot({ path: path.join(dir, file), fullPage: true, timeout: 10_000 }).catch((e) => console.error(`  no picture: ${e.message}`));
    }
  }
}
