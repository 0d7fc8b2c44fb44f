// The bar above graphs: which time they show, in which zone, and how often they are read.
import Box from '@cloudscape-design/components/box';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import ToggleButton from '@cloudscape-design/components/toggle-button';
import { useState } from 'react';
import { formatTime } from '../ui/Time';
import { CustomRange } from './CustomRange';
import type { GraphControls } from './range/controls';
import { periods, refreshes } from './range/period.ts';
import { nameOf, quickRanges } from './range/range.ts';

/** GraphRange sets range, zone and refreshing; with withPeriod the period too. */
export function GraphRange({ controls, withPeriod = false }: { controls: GraphControls; withPeriod?: boolean }) {
  const [custom, setCustom] = useState(false);
  const { range, setRange, period, setPeriod, refresh, setRefresh, zone, reload } = controls;
  const relative = 'relative' in range ? range.relative : undefined;
  const isCustom = !relative || !quickRanges.includes(relative);
  const customText = !isCustom ? 'Custom' : 'relative' in range ? `Custom (${range.relative})` : `Custom (${formatTime(range.from, zone)} – ${formatTime(range.to, zone)})`;
  return (
    <div role="group" aria-label="Time range">
      <SpaceBetween direction="horizontal" size="xs" alignItems="center">
        {quickRanges.map((r) => (
          <ToggleButton key={r} pressed={relative === r} ariaLabel={`${r}, last ${nameOf(r)}`} onChange={() => setRange({ relative: r })}>
            {r}
          </ToggleButton>
        ))}
        <ToggleButton pressed={isCustom} iconName="calendar" onChange={() => setCustom(true)}>
          {customText}
        </ToggleButton>
        {withPeriod && (
          <Select
            ariaLabel="Period options"
            inlineLabelText="Period"
            expandToViewport
            selectedOption={option(periods.find((p) => p.value === period))}
            options={periods.map((p) => option(p)!)}
            onChange={(e) => setPeriod(Number(e.detail.selectedOption.value))}
          />
        )}
        <ButtonDropdown
          ariaLabel="Refresh options"
          expandToViewport
          mainAction={{ iconName: 'refresh', ariaLabel: 'Refresh', onClick: reload }}
          items={refreshes.map((r) => ({ id: String(r.value), text: r.text, itemType: 'checkbox', checked: r.value === refresh }))}
          onItemClick={(e) => setRefresh(Number(e.detail.id))}
        />
        {refresh > 0 && <Box variant="small">Refreshes every {refreshes.find((r) => r.value === refresh)?.text}</Box>}
      </SpaceBetween>
      {custom && <CustomRange controls={controls} onClose={() => setCustom(false)} />}
    </div>
  );
}

const option = (c: { value: number; text: string } | undefined) => (c ? { value: String(c.value), label: c.text } : null);
