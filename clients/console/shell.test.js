// What is around every screen.
import assert from "node:assert/strict";

import { accessible, go, setup, signIn, signOut, test } from "./lib/world.js";

const { page, kms } = await setup();
const bar = page.getByRole("banner");

test("after the sign-in the account and the user are at the upper right", async () => {
  await signIn(page);
  await bar.getByRole("button", { name: "Account: root @ 000000000000" }).waitFor();
  await accessible(page);
});

test("services are found by their names", async () => {
  await bar.getByRole("button", { name: "Services" }).click();
  await page.getByRole("menuitem", { name: "CloudTrail" }).click();
  await page.getByRole("link", { name: "Trails" }).click();
  assert.equal(new URL(page.url()).pathname, "/console/us-east-1/cloudtrail/trails");
});

test("a Region is chosen at the upper right", async () => {
  await kms("CreateKey", { Description: "in Frankfurt" }, { region: "eu-central-1" });
  await go(page, "/console/us-east-1/kms/keys");
  await bar.getByRole("button", { name: "Region: us-east-1" }).click();
  await page.getByRole("menuitemcheckbox", { name: "eu-central-1" }).click();
  await bar.getByRole("button", { name: "Region: eu-central-1" }).waitFor();
  assert.equal(new URL(page.url()).pathname, "/console/eu-central-1/kms/keys");
});

test("an address that is nothing says so", async () => {
  await go(page, "/console/us-east-1/nothing/here");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await accessible(page);
});

test("dark mode stays after the page is loaded again", async () => {
  const scheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  assert.equal(await scheme(), "light");
  await bar.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("menuitemcheckbox", { name: "Dark" }).click();
  assert.equal(await scheme(), "dark");
  await accessible(page);
  await signIn(page);
  assert.equal(await scheme(), "dark");
});

test("signing out leads to the sign-in, and no further by the browser's own way back", async () => {
  await signOut(page);
  await page.goBack();
  await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
  assert.equal(await page.getByText("root @ 000000000000").count(), 0);
});
