// The values of a graph in words and numbers, the latest first.
import Box from '@cloudscape-design/components/box';
import Pagination from '@cloudscape-design/components/pagination';
import Table from '@cloudscape-design/components/table';
import { useMemo, useState } from 'react';
import { formatTime } from '../ui/Time';
import { none, timesOf, type Line } from './data/lines.ts';
import { formatExact, signOf } from './format/number.ts';
import type { Zone } from './format/time.ts';

const pageSize = 50;

interface Props {
  lines: readonly Line[];
  zone: Zone;
  unit?: string;
  label: string;
}

export function LinesTable({ lines, zone, unit, label }: Props) {
  const [page, setPage] = useState(1);
  const times = useMemo(() => timesOf(lines).reverse(), [lines]);
  // Exactly at a time, not in the period in which it is: each figure stands once.
  const values = useMemo(() => lines.map((l) => new Map(l.times.map((t, i) => [t, l.values[i]]))), [lines]);
  const pages = Math.max(1, Math.ceil(times.length / pageSize));
  const current = Math.min(page, pages);
  const fine = lines.some((l) => l.period < 60);
  const sign = signOf(unit);
  return (
    <Table
      variant="embedded"
      contentDensity="compact"
      ariaLabels={{ tableLabel: `Values of ${label}` }}
      items={times.slice((current - 1) * pageSize, current * pageSize)}
      trackBy={String}
      columnDefinitions={[
        { id: 'time', header: 'Time', cell: (t) => formatTime(new Date(t), zone, fine), isRowHeader: true },
        ...lines.map((l, i) => ({
          id: l.key,
          header: sign ? `${l.label} (${sign})` : l.label,
          cell: (t: number) => {
            const v = values[i].get(t);
            return v === undefined ? none : formatExact(v);
          },
        })),
      ]}
      empty={<Box textAlign="center">No data available</Box>}
      pagination={
        pages > 1 && (
          <Pagination
            currentPageIndex={current}
            pagesCount={pages}
            onChange={(e) => setPage(e.detail.currentPageIndex)}
            ariaLabels={{ nextPageLabel: 'Next page', previousPageLabel: 'Previous page', pageLabel: (n) => `Page ${n} of ${pages}` }}
          />
        )
      }
    />
  );
}
