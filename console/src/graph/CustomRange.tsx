// A range of one's own: from one moment to another, or the last so many hours.
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import DatePicker from '@cloudscape-design/components/date-picker';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Modal from '@cloudscape-design/components/modal';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import TimeInput from '@cloudscape-design/components/time-input';
import { useState, type KeyboardEvent } from 'react';
import { now } from '../app/clock';
import { partsOf, timeOf, type Zone } from './format/time.ts';
import type { GraphControls } from './range/controls';
import { checkAbsolute, checkRelative, type AbsoluteFields, type Faults, type RelativeFields } from './range/custom.ts';
import { parseRelative, resolve } from './range/range.ts';

const units = [
  { value: 'm', label: 'Minutes' },
  { value: 'h', label: 'Hours' },
  { value: 'd', label: 'Days' },
  { value: 'w', label: 'Weeks' },
];
const zones: { value: Zone; label: string }[] = [
  { value: 'UTC', label: 'UTC' },
  { value: 'local', label: 'Local time zone' },
];

export function CustomRange({ controls, onClose }: { controls: GraphControls; onClose: () => void }) {
  const [zone, setZone] = useState(controls.zone);
  const [tab, setTab] = useState('absolute');
  const [absolute, setAbsolute] = useState<AbsoluteFields>(() => {
    const { from, to } = resolve(controls.range, now());
    const [a, b] = [partsOf(from, zone), partsOf(to, zone)];
    return { fromDate: a.date, fromTime: a.time, toDate: b.date, toTime: b.time };
  });
  const [relative, setRelative] = useState<RelativeFields>(() => {
    const r = 'relative' in controls.range ? parseRelative(controls.range.relative) : undefined;
    return { amount: String(r?.amount ?? 3), unit: r?.unit ?? 'h' };
  });
  const [tried, setTried] = useState(false);
  const checked = tab === 'absolute' ? checkAbsolute(absolute, zone, now()) : checkRelative(relative);
  const faults = (tried ? checked.faults : {}) as Faults<AbsoluteFields & RelativeFields>;

  // The same moments in the other zone: who changes the zone does not mean another time.
  const changeZone = (next: Zone) => {
    const moved = (date: string, time: string) => {
      const t = timeOf({ date, time }, zone);
      return t ? partsOf(t, next) : { date, time };
    };
    const [a, b] = [moved(absolute.fromDate, absolute.fromTime), moved(absolute.toDate, absolute.toTime)];
    setAbsolute({ fromDate: a.date, fromTime: a.time, toDate: b.date, toTime: b.time });
    setZone(next);
  };
  const apply = () => {
    setTried(true);
    if (!checked.range) return;
    controls.setZone(zone);
    controls.setRange(checked.range);
    onClose();
  };
  const moment = (date: 'fromDate' | 'toDate', time: 'fromTime' | 'toTime', name: string) => (
    <ColumnLayout columns={2}>
      <FormField label={`${name} date`} errorText={faults[date]} constraintText="YYYY/MM/DD">
        <DatePicker
          value={absolute[date]}
          placeholder="YYYY/MM/DD"
          openCalendarAriaLabel={(chosen) => `Choose ${name.toLowerCase()} date${chosen ? `, ${chosen} is chosen` : ''}`}
          expandToViewport
          onChange={(e) => setAbsolute({ ...absolute, [date]: e.detail.value })}
        />
      </FormField>
      <FormField label={`${name} time`} errorText={faults[time]} constraintText="hh:mm:ss, 24 hours">
        <TimeInput format="hh:mm:ss" placeholder="hh:mm:ss" value={absolute[time]} onChange={(e) => setAbsolute({ ...absolute, [time]: e.detail.value })} />
      </FormField>
    </ColumnLayout>
  );

  return (
    // What is pressed here is not for a dialog around this one: Escape would close both.
    <div onKeyDown={(e: KeyboardEvent) => e.key === 'Escape' && e.stopPropagation()}>
      <Modal
        visible
        header="Custom time range"
        onDismiss={onClose}
        footer={
          <Box float="right">
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" onClick={onClose}>
                Cancel
              </Button>
              <Button variant="primary" onClick={apply}>
                Apply
              </Button>
            </SpaceBetween>
          </Box>
        }
      >
        <SpaceBetween size="m">
          <Tabs
            ariaLabel="Kinds of ranges"
            activeTabId={tab}
            onChange={(e) => (setTab(e.detail.activeTabId), setTried(false))}
            tabs={[
              {
                id: 'absolute',
                label: 'Absolute',
                content: (
                  <SpaceBetween size="s">
                    {moment('fromDate', 'fromTime', 'Start')}
                    {moment('toDate', 'toTime', 'End')}
                  </SpaceBetween>
                ),
              },
              {
                id: 'relative',
                label: 'Relative',
                content: (
                  <ColumnLayout columns={2}>
                    <FormField label="Duration" errorText={faults.amount}>
                      <Input inputMode="numeric" value={relative.amount} onChange={(e) => setRelative({ ...relative, amount: e.detail.value })} />
                    </FormField>
                    <FormField label="Unit of time">
                      <Select
                        selectedOption={units.find((u) => u.value === relative.unit) ?? null}
                        options={units}
                        expandToViewport
                        onChange={(e) => setRelative({ ...relative, unit: e.detail.selectedOption.value! })}
                      />
                    </FormField>
                  </ColumnLayout>
                ),
              },
            ]}
          />
          <FormField label="Time zone">
            <Select
              selectedOption={zones.find((z) => z.value === zone) ?? null}
              options={zones}
              expandToViewport
              onChange={(e) => changeZone(e.detail.selectedOption.value as Zone)}
            />
          </FormField>
        </SpaceBetween>
      </Modal>
    </div>
  );
}
