// What the tests of IAM's screens have in common.
import { eventually } from "./api.js";

/** The screens of IAM. */
export const screens = "/console/us-east-1/iam";
/** Words, and the path of an entity, that would run if a page took them for markup. */
export const hostile = "<img src=x onerror=alert(1)>";
export const hostilePath = "/<img/src=x/onerror=alert(1)>/";

/** The text of a policy. */
export const document = (...statements) => JSON.stringify({ Version: "2012-10-17", Statement: statements }, null, 2);

/** How a person finds things on a page: the dialog on top, and what can be seen by its name. */
export const controls = (page) => ({
  dialog: () => page.getByRole("dialog").filter({ visible: true }).last(),
  button: (name) => page.getByRole("button", { name, exact: true }).filter({ visible: true }),
  field: (name) => page.getByRole("textbox", { name, exact: true }),

  /** Waits until a field is wrong, and this is said of it. */
  said: (field, text) =>
    eventually(`the field is described by ${text}`, async () => {
      if ((await field.getAttribute("aria-invalid")) !== "true") return false;
      const ids = (await field.getAttribute("aria-describedby")).split(" ");
      const words = (await Promise.all(ids.map((id) => page.locator(`[id="${id}"]`).innerText()))).join(" ");
      return typeof text === "string" ? words.includes(text) : text.test(words);
    }),
});
