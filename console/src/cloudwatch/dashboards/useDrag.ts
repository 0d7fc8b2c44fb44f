// Moving and resizing a widget with the pointer, in whole columns and rows.
import { useRef, type PointerEvent, type RefObject } from 'react';
import { columns } from './layout';

export const row = 48; // pixels of a row
export const gap = 12; // pixels between widgets

interface Drag {
  /** columns and rows since it began */
  onMove: (columns: number, rows: number) => void;
  onBegin: () => void;
  onEnd: (done: boolean) => void;
}

/** useDrag makes the handlers of a handle. */
export function useDrag(grid: RefObject<HTMLElement | null>, drag: Drag) {
  const from = useRef<{ x: number; y: number; column: number }>(undefined);
  const last = useRef('');
  return {
    onPointerDown: (e: PointerEvent<HTMLElement>) => {
      if (e.button !== 0 || !grid.current) return;
      e.currentTarget.setPointerCapture(e.pointerId);
      from.current = { x: e.clientX, y: e.clientY + window.scrollY, column: (grid.current.clientWidth + gap) / columns };
      last.current = '0 0';
      drag.onBegin();
    },
    onPointerMove: (e: PointerEvent<HTMLElement>) => {
      const start = from.current;
      if (!start) return;
      const dx = Math.round((e.clientX - start.x) / start.column);
      const dy = Math.round((e.clientY + window.scrollY - start.y) / (row + gap));
      if (last.current === `${dx} ${dy}`) return;
      last.current = `${dx} ${dy}`;
      drag.onMove(dx, dy);
    },
    onPointerUp: () => {
      if (!from.current) return;
      from.current = undefined;
      drag.onEnd(true);
    },
    onPointerCancel: () => {
      if (!from.current) return;
      from.current = undefined;
      drag.onEnd(false);
    },
  };
}
