// Zooming by dragging over a part of the graph. The marked part is an element that is moved
// directly: nothing is rendered anew while somebody drags.

const least = 6; // pixels; less is a click

/** onDrag calls done with the horizontal ends of each area that is dragged over, in pixels. */
export function onDrag(host: HTMLElement, inside: (x: number, y: number) => boolean, done: (from: number, to: number) => void): () => void {
  const area = document.createElement('div');
  area.className = 'graph-drag';
  let start: number | undefined;
  let moved = 0;
  const place = (e: PointerEvent) => e.clientX - host.getBoundingClientRect().left;
  const show = () => {
    area.style.left = `${Math.min(start!, moved)}px`;
    area.style.width = `${Math.abs(moved - start!)}px`;
  };
  const down = (e: PointerEvent) => {
    const box = host.getBoundingClientRect();
    if (e.button !== 0 || !inside(e.clientX - box.left, e.clientY - box.top)) return;
    start = moved = place(e);
    show();
    host.append(area);
    host.setPointerCapture(e.pointerId);
  };
  const move = (e: PointerEvent) => {
    if (start === undefined) return;
    moved = Math.min(Math.max(place(e), 0), host.clientWidth);
    show();
  };
  const end = (e: PointerEvent) => {
    if (start === undefined) return;
    const from = Math.min(start, moved);
    const to = Math.max(start, moved);
    start = undefined;
    area.remove();
    if (e.type === 'pointerup' && to - from >= least) done(from, to);
  };
  const ends = ['pointerup', 'pointercancel'] as const;
  host.addEventListener('pointerdown', down);
  host.addEventListener('pointermove', move);
  for (const name of ends) host.addEventListener(name, end);
  return () => {
    host.removeEventListener('pointerdown', down);
    host.removeEventListener('pointermove', move);
    for (const name of ends) host.removeEventListener(name, end);
    area.remove();
  };
}
