// Going through the wizard that creates keys.
import { go, sees } from "./page.js";

/** The steps of the wizard as a person takes them. */
export function createKey(page, kms) {
  const next = () => page.getByRole("button", { name: "Next", exact: true }).click();
  const finish = () => page.getByRole("button", { name: "Finish", exact: true }).click();
  const heading = (name) => page.getByRole("heading", { name }).first().waitFor();

  /** Begins anew, whatever the wizard has in it. */
  async function begin() {
    await go(page, "/console/us-east-1/kms/keys");
    await page.getByRole("heading", { level: 1, name: "Customer managed keys" }).waitFor();
    await go(page, "/console/us-east-1/kms/keys/create");
    await heading("Configure key");
  }

  /** Waits until the wizard is left. */
  const left = () => page.getByRole("heading", { level: 1, name: "Create key" }).waitFor({ state: "hidden" });

  /** Goes on from the first step to the last with an alias and all else as it is, and returns the key. */
  async function complete(alias) {
    await next();
    await page.getByRole("textbox", { name: "Alias", exact: true }).fill(alias);
    for (const step of ["Define key administrative permissions", "Define key usage permissions", "Edit key policy", "Review"]) {
      await next();
      await heading(step);
    }
    await finish();
    await sees(page, new RegExp(`was created with alias ${alias} `));
    await left();
    return (await kms("DescribeKey", { KeyId: `alias/${alias}` })).KeyMetadata;
  }

  return { next, finish, heading, begin, complete };
}
