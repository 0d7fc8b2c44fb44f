// The canvas. React renders it when there are other lines or another look; moving over it,
// dragging and zooming stay between the person and ECharts.
import { useEffect, useImperativeHandle, useRef, type KeyboardEvent, type Ref } from 'react';
import { formatTime } from '../../ui/Time';
import { entriesAt, timesOf } from '../data/lines.ts';
import { aligned } from '../range/period.ts';
import { ink } from './colors.ts';
import { onDrag } from './drag';
import { init, type ECharts } from './echarts';
import { option, type Drawing } from './option.ts';
import { entryText, popup } from './popup';

export interface ChartHandle {
  resetZoom: () => void;
}

interface Props extends Drawing {
  height: number;
  label: string;
  /** told when the graph begins or ends to show a part only */
  onZoom: (zoomed: boolean) => void;
  handle: Ref<ChartHandle>;
}

export default function Chart(props: Props) {
  const { height, label, onZoom, handle } = props;
  const host = useRef<HTMLDivElement>(null);
  const said = useRef<HTMLDivElement>(null);
  const chart = useRef<ECharts>(undefined);
  const current = useRef(props);
  current.current = props;
  const zoom = useRef<{ startValue: number; endValue: number }>(undefined);
  const told = useRef(onZoom);
  told.current = onZoom;
  const at = useRef(-1);

  const setZoom = (next: typeof zoom.current) => {
    zoom.current = next;
    const { from, to } = current.current;
    chart.current?.dispatchAction({ type: 'dataZoom', dataZoomIndex: 0, ...(next ?? { startValue: from.getTime(), endValue: to.getTime() }) });
    told.current(next !== undefined);
  };
  useImperativeHandle(handle, () => ({ resetZoom: () => setZoom(undefined) }));

  useEffect(() => {
    const element = host.current!;
    const c = init(element);
    chart.current = c;
    const sizes = new ResizeObserver(() => c.resize());
    sizes.observe(element);
    const inside = (x: number, y: number) => c.containPixel('grid', [x, y]);
    const stop = onDrag(element, inside, (a, b) => {
      const value = (x: number) => Number(c.convertFromPixel({ xAxisIndex: 0 }, x));
      const { lines, from, to } = current.current;
      // Whole periods: what is between two points would show nothing.
      const part = aligned(new Date(value(a)), new Date(value(b)), Math.max(1, ...lines.map((l) => l.period)));
      setZoom({ startValue: Math.max(+part.from, +from), endValue: Math.min(+part.to, +to) });
    });
    return () => {
      stop();
      sizes.disconnect();
      c.dispose();
    };
  }, []);

  const { spec, lines, from, to, zone, dark } = props;
  useEffect(() => {
    const colors = ink(dark);
    if (zoom.current && (zoom.current.endValue <= from.getTime() || zoom.current.startValue >= to.getTime())) {
      zoom.current = undefined; // the range was changed to one without the part that was shown
      told.current(false);
    }
    const fine = lines.some((l) => l.period < 60);
    chart.current!.setOption(
      {
        ...option({ spec, lines, from, to, zone, dark }),
        dataZoom: [{ type: 'inside', disabled: true, filterMode: 'filter', ...(zoom.current ?? { startValue: from.getTime(), endValue: to.getTime() }) }],
        tooltip: {
          trigger: 'axis',
          appendTo: () => document.body,
          className: 'graph-popup',
          transitionDuration: 0,
          backgroundColor: colors.background,
          borderColor: colors.line,
          textStyle: { color: dark ? '#ebebf0' : '#0f141a' },
          axisPointer: { type: 'line', lineStyle: { color: colors.text, type: 'solid', width: 1 } },
          formatter: (p: { axisValue: number }[]) => (p.length ? popup(lines, p[0].axisValue, formatTime(new Date(p[0].axisValue), zone, fine), spec.unit) : ''),
        },
      },
      { notMerge: true },
    );
  }, [spec, lines, from, to, zone, dark]);

  // With the keys the pop-up goes from point to point, and is said.
  const onKeyDown = (e: KeyboardEvent) => {
    const { startValue, endValue } = zoom.current ?? { startValue: from.getTime(), endValue: to.getTime() };
    const times = timesOf(lines).filter((t) => t >= startValue && t <= endValue);
    const step = { ArrowLeft: -1, ArrowRight: 1, Home: -times.length, End: times.length }[e.key];
    if (e.key === 'Escape' && at.current >= 0) {
      e.stopPropagation();
      at.current = -1;
      chart.current?.dispatchAction({ type: 'hideTip' });
      said.current!.textContent = '';
      return;
    }
    if (step === undefined || !times.length) return;
    e.preventDefault();
    at.current = Math.min(Math.max(at.current + step, 0), times.length - 1);
    const t = times[at.current];
    const x = chart.current!.convertToPixel({ xAxisIndex: 0 }, t) as unknown as number;
    chart.current!.dispatchAction({ type: 'showTip', x, y: height / 2 });
    const entries = entriesAt(lines, t).slice(0, 10).map((n) => entryText(n.line, n.value, spec.unit));
    said.current!.textContent = `${formatTime(new Date(t), zone)}: ${entries.join('; ')}`;
  };

  return (
    <>
      <div
        ref={host}
        className="graph-chart"
        style={{ height }}
        role="application"
        aria-roledescription="graph"
        aria-label={`${label}. Arrow keys move from point to point. The menu of the graph has a table of the values.`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onBlur={() => {
          at.current = -1;
          chart.current?.dispatchAction({ type: 'hideTip' });
        }}
      />
      <div ref={said} className="graph-said" aria-live="polite" />
    </>
  );
}
