// How a graph looks: its kind, its axes, its lines across.
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import { useState } from 'react';
import { defaultPeriod, defaultStat, periods, periodText, type GraphSpec, type HorizontalAnnotation, type VerticalAnnotation } from '../../graph';
import { StatisticField } from './GraphedMetrics';

interface Props {
  spec: GraphSpec;
  onChange: (spec: GraphSpec) => void;
}

const sides = [
  { id: 'left', name: 'Left Y axis' },
  { id: 'right', name: 'Right Y axis' },
] as const;

export function GraphOptions({ spec, onChange }: Props) {
  const period = spec.period ?? defaultPeriod;
  return (
    <SpaceBetween size="l">
      <FormField label="Widget type">
        <Tiles
          value={spec.view ?? 'line'}
          columns={3}
          onChange={(e) => onChange({ ...spec, view: e.detail.value as GraphSpec['view'] })}
          items={[
            { value: 'line', label: 'Line', description: 'Compare metrics over time' },
            { value: 'stacked', label: 'Stacked area', description: 'Compare the total over time' },
            { value: 'number', label: 'Number', description: 'The latest value of each metric' },
          ]}
        />
      </FormField>
      <ColumnLayout columns={3}>
        <FormField label="Title">
          <Input value={spec.title ?? ''} onChange={(e) => onChange({ ...spec, title: e.detail.value || undefined })} autoComplete={false} />
        </FormField>
        <FormField label="Default statistic">
          <StatisticField label="Default statistic" value={spec.stat ?? defaultStat} onChange={(stat) => onChange({ ...spec, stat })} />
        </FormField>
        <FormField label="Default period">
          <Select
            selectedOption={{ value: String(period), label: periodText(period) }}
            options={periods.map((p) => ({ value: String(p.value), label: p.text }))}
            onChange={(e) => onChange({ ...spec, period: Number(e.detail.selectedOption.value) })}
          />
        </FormField>
      </ColumnLayout>
      {sides.map(({ id, name }) => {
        const axis = spec[id] ?? {};
        const set = (part: typeof axis) => {
          const all = Object.fromEntries(Object.entries({ ...axis, ...part }).filter(([, v]) => v !== undefined));
          onChange({ ...spec, [id]: Object.keys(all).length ? all : undefined });
        };
        return (
          <ColumnLayout key={id} columns={3}>
            <FormField label={`${name} label`}>
              <Input value={axis.label ?? ''} onChange={(e) => set({ label: e.detail.value || undefined })} autoComplete={false} />
            </FormField>
            <NumberField label={`${name} minimum`} value={axis.min} onChange={(min) => set({ min })} />
            <NumberField
              label={`${name} maximum`}
              value={axis.max}
              wrong={axis.min !== undefined && axis.max !== undefined && axis.max <= axis.min ? 'The maximum must be above the minimum.' : undefined}
              onChange={(max) => set({ max })}
            />
          </ColumnLayout>
        );
      })}
      <Annotations spec={spec} onChange={onChange} />
    </SpaceBetween>
  );
}

function NumberField({ label, value, wrong, onChange }: { label: string; value: number | undefined; wrong?: string; onChange: (v: number | undefined) => void }) {
  const [text, setText] = useState<string>();
  const bad = text !== undefined && text !== '' && !Number.isFinite(Number(text));
  return (
    <FormField label={label} errorText={bad ? 'Enter a number, or nothing for automatic.' : wrong}>
      <Input
        inputMode="decimal"
        placeholder="Auto"
        value={text ?? String(value ?? '')}
        onChange={(e) => {
          setText(e.detail.value);
          const n = e.detail.value.trim() === '' ? undefined : Number(e.detail.value);
          if (n === undefined || Number.isFinite(n)) onChange(n);
        }}
        onBlur={() => !bad && setText(undefined)}
      />
    </FormField>
  );
}

function Annotations({ spec, onChange }: Props) {
  const { horizontal = [], vertical = [] } = spec.annotations ?? {};
  const set = (h: HorizontalAnnotation[], v: VerticalAnnotation[]) =>
    onChange({ ...spec, annotations: h.length || v.length ? { horizontal: h.length ? h : undefined, vertical: v.length ? v : undefined } : undefined });
  const changeH = (i: number, part: Partial<HorizontalAnnotation>) => set(horizontal.map((a, j) => (i === j ? { ...a, ...part } : a)), vertical);
  const changeV = (i: number, part: Partial<VerticalAnnotation>) => set(horizontal, vertical.map((a, j) => (i === j ? { ...a, ...part } : a)));
  const fills = [
    { value: '', label: 'None' },
    { value: 'above', label: 'Above' },
    { value: 'below', label: 'Below' },
  ];
  return (
    <>
      <AttributeEditor
        items={horizontal}
        addButtonText="Add horizontal annotation"
        removeButtonText="Remove"
        empty="No horizontal annotations."
        onAddButtonClick={() => set([...horizontal, { value: 0 }], vertical)}
        onRemoveButtonClick={(e) => set(horizontal.filter((_, i) => i !== e.detail.itemIndex), vertical)}
        definition={[
          { label: 'Annotation label', control: (a, i) => <Input value={a.label ?? ''} onChange={(e) => changeH(i, { label: e.detail.value || undefined })} autoComplete={false} /> },
          { label: 'Value', control: (a, i) => <Input type="number" value={String(a.value)} onChange={(e) => e.detail.value !== '' && changeH(i, { value: Number(e.detail.value) })} /> },
          {
            label: 'Fill',
            control: (a, i) => (
              <Select
                selectedOption={fills.find((f) => f.value === (a.fill ?? '')) ?? null}
                options={fills}
                onChange={(e) => changeH(i, { fill: (e.detail.selectedOption.value || undefined) as HorizontalAnnotation['fill'] })}
              />
            ),
          },
        ]}
      />
      <AttributeEditor
        items={vertical}
        addButtonText="Add vertical annotation"
        removeButtonText="Remove"
        empty="No vertical annotations."
        onAddButtonClick={() => set(horizontal, [...vertical, { time: new Date(Math.floor(Date.now() / 60e3) * 60e3) }])}
        onRemoveButtonClick={(e) => set(horizontal, vertical.filter((_, i) => i !== e.detail.itemIndex))}
        definition={[
          { label: 'Annotation label', control: (a, i) => <Input value={a.label ?? ''} onChange={(e) => changeV(i, { label: e.detail.value || undefined })} autoComplete={false} /> },
          { label: 'Time (ISO 8601, UTC)', control: (a, i) => <TimeField time={a.time} onChange={(time) => changeV(i, { time })} /> },
        ]}
      />
    </>
  );
}

function TimeField({ time, onChange }: { time: Date; onChange: (time: Date) => void }) {
  const [text, setText] = useState<string>();
  const bad = text !== undefined && Number.isNaN(Date.parse(text));
  return (
    <FormField errorText={bad ? 'Enter a time such as 2026-11-26T12:00:00Z.' : undefined}>
      <Input
        value={text ?? time.toISOString()}
        onChange={(e) => {
          setText(e.detail.value);
          const at = new Date(e.detail.value);
          if (!Number.isNaN(at.getTime())) onChange(at);
        }}
        onBlur={() => !bad && setText(undefined)}
      />
    </FormField>
  );
}
