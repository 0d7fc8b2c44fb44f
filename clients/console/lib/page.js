// What a person does on every screen.
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";

import { account, credentials as root, url } from "./api.js";

const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * Opens the console and signs in, with the root user's access key unless told otherwise:
 * { accessKeyId, secretAccessKey }, or { userName, password } with an account.
 *
 * @param {string} path the screen to come to
 */
export async function signIn(page, who = root, path = "/console/") {
  await page.goto(url + path);
  await fillSignIn(page, who);
  await signedIn(page);
}

/** Waits until somebody is signed in. */
export async function signedIn(page) {
  await page.getByRole("button", { name: /^Account: / }).waitFor();
}

/** Fills in the sign-in form that is on the page, and sends it. */
export async function fillSignIn(page, who = root) {
  if (who.userName) {
    await page.getByRole("tab", { name: "IAM user" }).click();
    await page.getByLabel("Account ID or alias").fill(who.account ?? account);
    await page.getByLabel("User name").fill(who.userName);
    await page.getByLabel("Password", { exact: true }).fill(who.password);
  } else {
    await page.getByRole("tab", { name: "Access key" }).click();
    await page.getByLabel("Access key ID").fill(who.accessKeyId);
    await page.getByLabel("Secret access key").fill(who.secretAccessKey);
  }
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

export async function signOut(page) {
  await page.getByRole("button", { name: /^Account: / }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
}

/** Goes to a screen as a link does, in the page that is there: what a full load would lose stays. */
export async function go(page, path) {
  await page.evaluate((to) => {
    window.history.pushState(null, "", to);
    window.dispatchEvent(new PopStateEvent("popstate", { state: null }));
  }, path);
}

/** Waits until a text is on the page, somewhere where it can be seen. */
export async function sees(page, text) {
  await page.getByText(text).filter({ visible: true }).first().waitFor();
}

/** Fails if axe-core finds a serious or critical fault in what is on the page now. */
export async function accessible(page, options = {}) {
  const cdp = await page.context().newCDPSession(page);
  try {
    await cdp.send("Runtime.evaluate", { expression: `window.axe ?? (() => { ${axe} })()` });
  } finally {
    await cdp.detach();
  }
  const violations = await page.evaluate(async (o) => (await window.axe.run(document, { resultTypes: ["violations"], ...o })).violations, options);
  const grave = violations.filter((v) => ["serious", "critical"].includes(v.impact));
  assert.deepEqual(grave.map((v) => `${v.id} (${v.impact}): ${v.help}: ${v.nodes.map((n) => `${n.html} ${n.failureSummary}`).join("\n")}`), [], `accessibility of ${page.url()}`);
}

/**
 * Stops the page's clock at a time, for figures and words that depend on it. Timers go on. Calls
 * are signed with this time: give one near that of the world, or the page has each call refused once.
 */
export async function stopClock(page, time) {
  const stop = (at) => {
    const Real = window.RealDate ?? (window.RealDate = Date);
    window.Date = class extends Real {
      constructor(...args) {
        super(...(args.length ? args : [at]));
      }
      static now() {
        return at;
      }
    };
  };
  await page.addInitScript(stop, new Date(time).getTime());
  await page.evaluate(stop, new Date(time).getTime());
}
