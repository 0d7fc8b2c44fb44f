// Waits for what a screen loads, where no word on it tells that all is there.
import { eventually } from "./api.js";

/** Follows the page's requests from now on, and returns a function that waits until there are none for a while. */
export function quietOf(page) {
  let open = 0;
  let last = Date.now();
  const count = (n) => () => {
    open += n;
    last = Date.now();
  };
  page.on("request", count(1));
  page.on("requestfinished", count(-1));
  page.on("requestfailed", count(-1));
  return () => eventually("the page has loaded all", () => open === 0 && Date.now() - last > 500);
}
