// Listening to back and forward before the router does: at the window, listeners are called in the
// order in which they came, so this module is loaded with the program. A screen that must not be
// left without asking says so here.

type Listener = (e: PopStateEvent) => void;

let listener: Listener | undefined;

window.addEventListener('popstate', (e) => listener?.(e));

/** onLeaving sets who is asked first; the result ends that. */
export function onLeaving(l: Listener): () => void {
  listener = l;
  return () => {
    if (listener === l) listener = undefined;
  };
}
