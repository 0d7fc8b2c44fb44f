// The service's time. It differs from the browser's only on a server whose clock is moved by a
// test, which says so in its settings.

let offset = 0;
let moved = false;

/** setOffset is told what the settings say: seconds, or undefined for a clock that is not moved. */
export function setOffset(seconds: number | undefined) {
  moved = seconds !== undefined;
  offset = (seconds ?? 0) * 1000;
}

export const now = () => new Date(Date.now() + offset);

/** syncClock asks a server with a clock that is moved what time it is. Others are not asked. */
export async function syncClock(): Promise<void> {
  if (!moved) return;
  const res = await fetch('/signin/settings');
  if (res.ok) setOffset(((await res.json()) as { clockOffsetSeconds?: number }).clockOffsetSeconds);
}
