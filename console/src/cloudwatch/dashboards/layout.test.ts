import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arranged, fitted, free, moved, stepped, tidy } from './layout.ts';

const two = [
  { x: 0, y: 0, width: 12, height: 6 },
  { x: 12, y: 0, width: 12, height: 6 },
];

test('a box that is moved pushes another down', () => {
  const boxes = moved(two, 0, { x: 12 });
  assert.deepEqual(boxes[0], { x: 12, y: 0, width: 12, height: 6 });
  assert.deepEqual(boxes[1], { x: 12, y: 6, width: 12, height: 6 });
});

test('a box rises where there is room', () => {
  assert.equal(arranged([{ x: 0, y: 40, width: 6, height: 6 }])[0].y, 0);
  assert.deepEqual(moved(two, 1, { x: 0, y: 3 })[1], { x: 0, y: 6, width: 12, height: 6 });
});

test('boxes stay within the columns and are never too small', () => {
  assert.deepEqual(fitted({ x: 30, y: -2, width: 40, height: 6 }), { x: 0, y: 0, width: 24, height: 6 });
  const [small] = moved(two, 0, { width: 0, height: 0 });
  assert.deepEqual([small.width, small.height], [3, 2]);
});

test('whatever is moved where, nothing overlaps', () => {
  let boxes = Array.from({ length: 9 }, (_, i) => ({ x: (i * 8) % 24, y: Math.floor(i / 3) * 6, width: 8, height: 6 }));
  let seed = 7;
  const random = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  for (let n = 0; n < 500; n++) {
    boxes = moved(boxes, random(9), { x: random(24), y: random(30), width: 1 + random(24), height: 1 + random(9) });
    assert.ok(tidy(boxes));
  }
});

test('a new box stands below all others', () => {
  assert.deepEqual(free(two, { width: 6, height: 4 }), { x: 0, y: 6, width: 6, height: 4 });
});

test('keys move a box past its neighbours', () => {
  const stack = [0, 6, 12].map((y) => ({ x: 0, y, width: 12, height: 6 }));
  assert.deepEqual(stepped(stack, 0, 'ArrowDown').map((b) => b.y), [6, 0, 12]);
  assert.deepEqual(stepped(stack, 2, 'ArrowUp').map((b) => b.y), [0, 12, 6]);
  assert.deepEqual(stepped(stack, 2, 'ArrowDown').map((b) => b.y), [0, 6, 12]);
  assert.equal(stepped(stack, 0, 'ArrowRight')[0].x, 1);
});

test('a box that is dragged down changes places at its middle', () => {
  const stack = [0, 6].map((y) => ({ x: 0, y, width: 12, height: 6 }));
  assert.deepEqual(moved(stack, 0, { y: 2 }).map((b) => b.y), [0, 6]);
  assert.deepEqual(moved(stack, 0, { y: 4 }).map((b) => b.y), [6, 0]);
});
