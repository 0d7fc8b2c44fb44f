// Where widgets stand on a dashboard: a grid of 24 columns. Nothing overlaps, and nothing floats:
// what is moved pushes others down, and all rise as far as there is room.

export const columns = 24;

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const least = { width: 3, height: 2 };

const overlap = (a: Box, b: Box) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** fitted keeps a box within the columns. */
export function fitted(b: Box): Box {
  const width = Math.min(Math.max(b.width, 1), columns);
  return { width, height: Math.min(Math.max(b.height, 1), 1000), x: Math.min(Math.max(b.x, 0), columns - width), y: Math.max(b.y, 0) };
}

/**
 * arranged puts boxes in place, in their order on the screen: each as high as there is room below
 * what is above it. The box at first, which somebody moves, has its place before those beside it.
 */
export function arranged(boxes: readonly Box[], first?: number): Box[] {
  const all = boxes.map(fitted);
  const order = all.map((_, i) => i).sort((a, b) => all[a].y - all[b].y || Number(b === first) - Number(a === first) || all[a].x - all[b].x || a - b);
  const placed: Box[] = [];
  const result: Box[] = [...all];
  for (const i of order) {
    let box = { ...all[i], y: 0 };
    // The lowest box that is in the way of this one's columns carries it.
    const floor = placed.filter((p) => p.x < box.x + box.width && box.x < p.x + p.width).reduce((y, p) => Math.max(y, p.y + p.height), 0);
    box = { ...box, y: floor };
    placed.push(box);
    result[i] = box;
  }
  return result;
}

/** moved puts one box at another place or gives it another size. */
export function moved(boxes: readonly Box[], i: number, to: Partial<Box>): Box[] {
  const old = boxes[i];
  const box = fitted({ ...old, ...to });
  const width = Math.max(box.width, Math.min(least.width, columns - box.x));
  const height = Math.max(box.height, least.height);
  // On its way down it comes after another one as soon as its middle is below that one's beginning.
  const y = box.y > old.y ? box.y + height / 2 : box.y;
  return arranged(
    boxes.map((b, j) => (j === i ? { ...box, y, width, height } : b)),
    i,
  );
}

/** stepped moves a box by a key: one column to a side, or past its neighbour above or below. */
export function stepped(boxes: readonly Box[], i: number, key: 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown'): Box[] {
  const box = boxes[i];
  if (key === 'ArrowLeft') return moved(boxes, i, { x: box.x - 1 });
  if (key === 'ArrowRight') return moved(boxes, i, { x: box.x + 1 });
  const beside = boxes.filter((b, j) => j !== i && b.x < box.x + box.width && box.x < b.x + b.width);
  if (key === 'ArrowUp') {
    const above = beside.filter((b) => b.y < box.y).sort((a, b) => b.y - a.y)[0];
    return above ? moved(boxes, i, { y: above.y }) : [...boxes];
  }
  const below = beside.filter((b) => b.y > box.y).sort((a, b) => a.y - b.y)[0];
  return below ? moved(boxes, i, { y: below.y + 1 }) : [...boxes];
}

/** free is the place for a new box below all others. */
export const free = (boxes: readonly Box[], size: { width: number; height: number }): Box => ({
  x: 0,
  y: boxes.reduce((y, b) => Math.max(y, b.y + b.height), 0),
  width: size.width,
  height: size.height,
});

/** tidy reports whether no box overlaps another. */
export const tidy = (boxes: readonly Box[]) => boxes.every((a, i) => boxes.every((b, j) => i >= j || !overlap(a, b)));
