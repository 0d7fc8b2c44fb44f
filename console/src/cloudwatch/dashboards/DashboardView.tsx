// A dashboard that could be read: its bar, its widgets, and what is done with them.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Modal from '@cloudscape-design/components/modal';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useMemo, useRef, useState, type ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import { useGo } from '../../app/region';
import { GraphRange, periods, rangeOf, useGraphControls, type GraphControls } from '../../graph';
import { Empty } from '../../ui/Empty';
import { Page, type Crumb } from '../../ui/Page';
import { rangeOfBody, readBody, writeBody, type Json } from './body';
import { DeleteDashboards } from './DashboardList';
import { SourceDialog } from './DashboardSource';
import { useGuard } from './useGuard';
import { useWidgets } from './useWidgets';
import { AlarmDialog, KindDialog, MetricDialog, TextDialog, type Kind } from './WidgetDialogs';
import { WidgetFrame, type WidgetChange } from './WidgetFrame';
import '../cloudwatch.css';

interface Props {
  name: string;
  text: string;
  save: (text: string) => Promise<boolean>;
  saving: boolean;
  notes: ReactNode;
  above: readonly Crumb[];
}

type Open = { what: 'kind' } | { what: 'new'; kind: Kind } | { what: 'edit' | 'source'; key: number } | { what: 'body' } | { what: 'delete' };

const sizes: Record<Kind, { width: number; height: number }> = {
  line: { width: 12, height: 7 },
  stacked: { width: 12, height: 7 },
  number: { width: 6, height: 4 },
  text: { width: 6, height: 4 },
  alarm: { width: 6, height: 5 },
};

const auto = { value: '', label: 'Auto' };

export function DashboardView({ name, text, save, saving, notes, above }: Props) {
  const go = useGo();
  const [search, setSearch] = useSearchParams();
  const widgets = useWidgets(text);
  const { body, arrange } = widgets;
  const [open, setOpen] = useState<Open | undefined>(search.has('add') ? { what: 'kind' } : undefined);
  const guard = useGuard(widgets.dirty);
  const grid = useRef<HTMLDivElement>(null);
  const around = useGraphControls({ range: rangeOf(search) ?? rangeOfBody(body) });
  const [period, setPeriod] = useState<number>();
  const controls = useMemo<GraphControls>(() => ({ ...around, period, setPeriod }), [around, period]);
  const close = () => {
    setOpen(undefined);
    if (search.has('add')) setSearch((s) => (s.delete('add'), s), { replace: true });
  };
  const { duplicate, remove } = widgets;
  // What a widget is given stays the same, so that moving one does not render the others.
  const latest = useRef({ duplicate, remove });
  latest.current = { duplicate, remove };
  const change = useMemo<WidgetChange>(
    () => ({
      ...arrange,
      edit: (key) => setOpen({ what: 'edit', key }),
      source: (key) => setOpen({ what: 'source', key }),
      duplicate: (key) => latest.current.duplicate(key),
      remove: (key) => latest.current.remove(key),
    }),
    [arrange],
  );
  const edited = open && 'key' in open ? body.widgets.find((w) => w.key === open.key) : undefined;
  const put = (properties: Json) => {
    if (open?.what === 'edit') widgets.update(open.key, { properties });
    if (open?.what === 'new') widgets.add(open.kind === 'text' || open.kind === 'alarm' ? open.kind : 'metric', properties, sizes[open.kind]);
    close();
  };
  const saveNow = async () => {
    const ok = await save(writeBody(body));
    if (ok) widgets.markSaved();
    return ok;
  };
  const kind = open?.what === 'new' ? open.kind : open?.what === 'edit' ? edited?.type : undefined;
  const add = <Button onClick={() => setOpen({ what: 'kind' })}>Add widget</Button>;
  return (
    <Page
      title={name}
      above={above}
      description={widgets.dirty ? <StatusIndicator type="warning">There are changes that are not saved</StatusIndicator> : undefined}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <ButtonDropdown
            expandToViewport
            items={[
              { id: 'source', text: 'View/edit source' },
              { id: 'delete', text: 'Delete dashboard' },
            ]}
            onItemClick={(e) => setOpen({ what: e.detail.id === 'source' ? 'body' : 'delete' })}
          >
            Actions
          </ButtonDropdown>
          {add}
          <Button variant="primary" disabled={!widgets.dirty} loading={saving} onClick={() => void saveNow()}>
            Save
          </Button>
        </SpaceBetween>
      }
    >
      {notes}
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        <GraphRange controls={controls} />
        <Select
          ariaLabel="Period override"
          inlineLabelText="Period"
          selectedOption={period === undefined ? auto : { value: String(period), label: periods.find((p) => p.value === period)?.text }}
          options={[auto, ...periods.map((p) => ({ value: String(p.value), label: p.text }))]}
          onChange={(e) => setPeriod(e.detail.selectedOption.value ? Number(e.detail.selectedOption.value) : undefined)}
        />
      </SpaceBetween>
      {body.widgets.length === 0 && <Empty title="This dashboard is empty" hint="Add a widget to show graphs, texts or the states of alarms." action={add} />}
      <span id="widget-keys" hidden>
        Drag, or press the arrow keys.
      </span>
      <div className="dashboard" ref={grid}>
        {body.widgets.map((w) => (
          <WidgetFrame key={w.key} widget={w} controls={controls} grid={grid} moving={widgets.moving === w.key} change={change} />
        ))}
      </div>
      <div className="said" aria-live="polite">
        {widgets.said}
      </div>
      {open?.what === 'kind' && <KindDialog onDone={(k) => setOpen({ what: 'new', kind: k })} onClose={close} />}
      {(kind === 'metric' || kind === 'line' || kind === 'stacked' || kind === 'number') && (
        <MetricDialog properties={edited?.properties} view={kind === 'metric' ? undefined : kind} onDone={put} onClose={close} />
      )}
      {kind === 'text' && <TextDialog properties={edited?.properties} onDone={put} onClose={close} />}
      {kind === 'alarm' && <AlarmDialog properties={edited?.properties} onDone={put} onClose={close} />}
      {open?.what === 'source' && edited && (
        <SourceDialog
          title="Widget source"
          text={JSON.stringify(edited.properties)}
          onDone={(source) => {
            const properties: unknown = JSON.parse(source);
            if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) throw new Error('The properties of a widget must be a JSON object.');
            widgets.update(open.key, { properties: properties as Json });
          }}
          onClose={close}
        />
      )}
      {open?.what === 'body' && <SourceDialog title="Dashboard source" text={writeBody(body)} limit={1 << 20} onDone={(source) => (readBody(source), widgets.replace(source))} onClose={close} />}
      {open?.what === 'delete' && (
        <DeleteDashboards
          names={[name]}
          onDone={() => {
            widgets.markSaved();
            setTimeout(() => go('/cloudwatch/dashboards'));
          }}
          onClose={close}
        />
      )}
      {guard.wanted && (
        <Modal
          visible
          header="Leave without saving?"
          onDismiss={guard.stay}
          footer={
            <Box float="right">
              <SpaceBetween direction="horizontal" size="xs">
                <Button variant="link" onClick={guard.stay}>
                  Stay
                </Button>
                <Button onClick={guard.leave}>Leave without saving</Button>
                <Button variant="primary" loading={saving} onClick={async () => ((await saveNow()) ? guard.leave() : guard.stay())}>
                  Save and leave
                </Button>
              </SpaceBetween>
            </Box>
          }
        >
          The dashboard {name} has changes that are not saved.
        </Modal>
      )}
    </Page>
  );
}
