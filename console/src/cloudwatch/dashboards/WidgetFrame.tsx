// A widget on the grid: what it shows, its menu, and the handles that move and resize it.
import Box from '@cloudscape-design/components/box';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Icon from '@cloudscape-design/components/icon';
import { memo, useMemo, type KeyboardEvent, type RefObject } from 'react';
import { fromWidget, Graph, type GraphControls } from '../../graph';
import { JsonView } from '../../ui/JsonEditor';
import { AlarmWidget, alarmsOf } from './AlarmWidget';
import { nameOfWidget, type Widget } from './body';
import { Markdown } from './Markdown';
import { gap, row, useDrag } from './useDrag';

export interface WidgetChange {
  edit: (key: number) => void;
  duplicate: (key: number) => void;
  remove: (key: number) => void;
  source: (key: number) => void;
  /** an arrow key on one of the handles */
  onKey: (key: number, handle: 'move' | 'resize', arrow: string) => void;
  begin: (key: number) => void;
  drag: (key: number, handle: 'move' | 'resize', columns: number, rows: number) => void;
  end: (done: boolean) => void;
}

interface Props {
  widget: Widget;
  controls: GraphControls;
  grid: RefObject<HTMLElement | null>;
  moving: boolean;
  change: WidgetChange;
}

const arrows: readonly string[] = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'];

export const editable: readonly string[] = ['metric', 'text', 'alarm'];

export const WidgetFrame = memo(function WidgetFrame({ widget, controls, grid, moving, change }: Props) {
  const { key, type, properties, x, y, width, height } = widget;
  const name = nameOfWidget(widget);
  const handlers = (handle: 'move' | 'resize') => ({
    ...drags[handle],
    onKeyDown: (e: KeyboardEvent) => {
      if (e.key === 'Escape') change.end(false);
      if (!arrows.includes(e.key)) return;
      e.preventDefault();
      change.onKey(key, handle, e.key);
    },
  });
  const dragOf = (handle: 'move' | 'resize') => ({ onBegin: () => change.begin(key), onMove: (c: number, r: number) => change.drag(key, handle, c, r), onEnd: change.end });
  const drags = { move: useDrag(grid, dragOf('move')), resize: useDrag(grid, dragOf('resize')) };
  const spec = useMemo(() => (type === 'metric' ? fromWidget(properties) : undefined), [type, properties]);
  const items = [
    ...(editable.includes(type) ? [{ id: 'edit', text: 'Edit', onClick: () => change.edit(key) }] : []),
    { id: 'source', text: 'View source', onClick: () => change.source(key) },
    { id: 'duplicate', text: 'Duplicate', onClick: () => change.duplicate(key) },
    { id: 'remove', text: 'Delete', onClick: () => change.remove(key) },
  ];
  return (
    <section
      className={moving ? 'widget widget-moving' : 'widget'}
      aria-label={`Widget ${name}`}
      style={{ gridColumn: `${x + 1} / span ${width}`, gridRow: `${y + 1} / span ${height}`, minHeight: height * row + (height - 1) * gap }}
    >
      <button type="button" className="widget-move" aria-label={`Move ${name}`} aria-describedby="widget-keys" {...handlers('move')}>
        <Icon name="drag-indicator" />
      </button>
      <div className="widget-body" tabIndex={type === 'metric' ? undefined : 0} role={type === 'metric' ? undefined : 'group'} aria-label={type === 'metric' ? undefined : name}>
        {spec ? (
          <Graph spec={spec} controls={controls} items={items} within={Math.max(60, height * row + (height - 1) * gap - 72)} />
        ) : (
          <>
            <div className="widget-head">
              {type === 'text' ? <span /> : <Box variant="h3">{name}</Box>}
              <ButtonDropdown
                variant="icon"
                ariaLabel={`Widget actions for ${name}`}
                expandToViewport
                items={items.map(({ id, text }) => ({ id, text }))}
                onItemClick={(e) => items.find((i) => i.id === e.detail.id)?.onClick()}
              />
            </div>
            {type === 'text' && <Markdown text={typeof properties.markdown === 'string' ? properties.markdown : ''} />}
            {type === 'alarm' && <AlarmWidget arns={alarmsOf(properties)} turn={controls.turn} />}
            {!editable.includes(type) && (
              <>
                <Box color="text-body-secondary">This console does not show widgets of the type {type}. It is kept as it is.</Box>
                <JsonView text={JSON.stringify(properties)} />
              </>
            )}
          </>
        )}
      </div>
      <button type="button" className="widget-resize" aria-label={`Resize ${name}`} aria-describedby="widget-keys" {...handlers('resize')}>
        <Icon name="resize-area" />
      </button>
    </section>
  );
});
