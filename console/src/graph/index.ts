// What the console's screens use of graphs. Read spec/graph.ts first.
export { AddToDashboard } from './AddToDashboard';
export { Graph, type GraphProps } from './Graph';
export type { GraphMenuItem } from './GraphMenu';
export { GraphRange } from './GraphRange';
export { GraphSection, type SectionGraph } from './GraphSection';
export { useAddressedControls, useGraphControls, type GraphControls } from './range/controls';
export { aligned, leastPeriod, periods, periodText, refreshes } from './range/period.ts';
export { decodeRange, encodeRange, resolve, type Range, type Relative } from './range/range.ts';
export { alarmPath, decodeAlarm, decodeSpec, encodeSpec, graphPath, metricsPath, rangeOf, thresholdOf, type AlarmDraft } from './spec/address.ts';
export { defaultPeriod, defaultStat, freeId, isExpression, metricOf, type GraphQuery, type GraphSpec, type HorizontalAnnotation, type StateBand, type VerticalAnnotation } from './spec/graph.ts';
export { fromWidget, toWidget, type WidgetProperties } from './spec/widget.ts';
