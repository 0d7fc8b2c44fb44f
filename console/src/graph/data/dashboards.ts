// The bodies of dashboards: graphs are added below what is there, and nothing else is touched.
import { GetDashboardCommand, ListDashboardsCommand, PutDashboardCommand, type CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { GraphSpec } from '../spec/graph.ts';
import { toWidget } from '../spec/widget.ts';

const columns = 24;
const width = 12;
const height = 6;

/** checkName says what is wrong with the name of a new dashboard. */
export function checkName(name: string, taken: readonly string[]): string | undefined {
  if (!name) return 'Enter a name.';
  if (!/^[A-Za-z0-9_-]+$/.test(name)) return 'A name has letters (A-Z, a-z), digits, - and _ only.';
  if (name.length > 255) return 'A name has 255 characters at most.';
  return taken.includes(name) ? 'There is a dashboard with this name. Choose it among the existing ones.' : undefined;
}

type Json = Record<string, unknown>;

/** withGraphs adds graphs to the body of a dashboard, two in a row. */
export function withGraphs(body: string | undefined, specs: readonly GraphSpec[], region: string): string {
  const root = (body ? JSON.parse(body) : {}) as Json;
  const widgets = Array.isArray(root.widgets) ? (root.widgets as Json[]) : [];
  const number = (v: unknown, usual: number) => (typeof v === 'number' ? v : usual);
  const bottom = widgets.reduce((y, w) => Math.max(y, number(w.y, 0) + number(w.height, height)), 0);
  const added = specs.map((spec, i) => ({
    type: 'metric',
    x: (i * width) % columns,
    y: bottom + Math.floor((i * width) / columns) * height,
    width,
    height,
    properties: toWidget(spec, region),
  }));
  return JSON.stringify({ ...root, widgets: [...widgets, ...added] });
}

/** listDashboards reads the names of all dashboards. */
export async function listDashboards(client: CloudWatchClient, signal?: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const page: { DashboardEntries?: { DashboardName?: string }[]; NextToken?: string } = await client.send(new ListDashboardsCommand({ NextToken }), { abortSignal: signal });
    for (const d of page.DashboardEntries ?? []) names.push(d.DashboardName!);
    NextToken = page.NextToken || undefined;
  } while (NextToken);
  return names;
}

/** addGraphs adds graphs to a dashboard that exists, or makes one. */
export async function addGraphs(client: CloudWatchClient, name: string, isNew: boolean, specs: readonly GraphSpec[], region: string) {
  const body = isNew ? undefined : (await client.send(new GetDashboardCommand({ DashboardName: name }))).DashboardBody;
  return client.send(new PutDashboardCommand({ DashboardName: name, DashboardBody: withGraphs(body, specs, region) }));
}
