import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GraphSpec } from './graph.ts';
import { fromWidget, toWidget } from './widget.ts';

test('the shorthand of metrics is read', () => {
  const { queries } = fromWidget({
    metrics: [
      ['AWS/KMS', 'XksProxyLatency', 'CustomKeyStoreId', 'cks-1', 'KmsOperation', 'Encrypt', { stat: 'p99' }],
      ['...', 'Decrypt'],
      ['.', 'XksProxyErrors', '.', '.', '.', 'Encrypt', { id: 'errors', yAxis: 'right', color: '#ff0000' }],
      ['.', 'XksProxyCredentialAge', '.', 'cks-2'],
      [{ expression: 'SUM(METRICS())', label: 'All', period: 60 }],
      ['...', { visible: false }],
    ],
  });
  assert.deepEqual(queries, [
    { id: 'm1', namespace: 'AWS/KMS', metric: 'XksProxyLatency', dimensions: { CustomKeyStoreId: 'cks-1', KmsOperation: 'Encrypt' }, stat: 'p99' },
    { id: 'm2', namespace: 'AWS/KMS', metric: 'XksProxyLatency', dimensions: { CustomKeyStoreId: 'cks-1', KmsOperation: 'Decrypt' } },
    { id: 'errors', color: '#ff0000', axis: 'right', namespace: 'AWS/KMS', metric: 'XksProxyErrors', dimensions: { CustomKeyStoreId: 'cks-1', KmsOperation: 'Encrypt' } },
    { id: 'm3', namespace: 'AWS/KMS', metric: 'XksProxyCredentialAge', dimensions: { CustomKeyStoreId: 'cks-2' } },
    { id: 'e1', expression: 'SUM(METRICS())', label: 'All', period: 60 },
    { id: 'm4', visible: false, namespace: 'AWS/KMS', metric: 'XksProxyCredentialAge', dimensions: { CustomKeyStoreId: 'cks-2' } },
  ]);
});

test('ids that are made up are none that are given', () => {
  const { queries } = fromWidget({ metrics: [['A', 'B'], ['A', 'C', { id: 'm1' }], ['A', 'D']] });
  assert.deepEqual(queries.map((q) => q.id), ['m2', 'm1', 'm3']);
});

const whole: GraphSpec = {
  title: 'Requests',
  queries: [
    { id: 'm1', namespace: 'AWS/KMS', metric: 'XksProxyErrors', dimensions: { CustomKeyStoreId: 'cks-1' }, stat: 'SampleCount', period: 60, label: 'Requests', color: '#1f77b4' },
    { id: 'm2', namespace: 'App', metric: 'NoDimensions', visible: false, axis: 'right' },
    { id: 'e1', expression: 'm1 / m2', label: 'Share' },
  ],
  view: 'stacked',
  stat: 'Sum',
  period: 300,
  region: 'eu-central-1',
  left: { min: 0, label: 'Count' },
  right: { max: 100 },
  annotations: { horizontal: [{ value: 5, label: 'many', fill: 'above', color: '#d13212' }], vertical: [{ time: new Date('2026-11-26T12:00:00Z'), label: 'release' }] },
};

test('a graph comes back from a widget as it was', () => {
  assert.deepEqual(fromWidget(JSON.parse(JSON.stringify(toWidget(whole, 'us-east-1'))) as never), whole);
  for (const view of ['line', 'number'] as const) assert.equal(fromWidget(toWidget({ queries: [], view }, 'us-east-1')).view, view);
});

test('what a spec does not tell stays in the widget', () => {
  const base = {
    metrics: [['A', 'B']], view: 'pie', region: 'us-east-1', liveData: true, legend: { position: 'right' }, yAxis: { left: { showUnits: false, min: 1 } },
    annotations: { alarms: ['arn:aws:cloudwatch:us-east-1:1:alarm:a'] },
  };
  const spec = { ...fromWidget(base), title: 'Mine' };
  const w = toWidget(spec, 'us-east-1', base);
  assert.equal(w.view, 'pie');
  assert.equal(w.liveData, true);
  assert.deepEqual(w.legend, { position: 'right' });
  assert.deepEqual(w.yAxis, { left: { showUnits: false, min: 1 } });
  assert.deepEqual(w.annotations, { alarms: ['arn:aws:cloudwatch:us-east-1:1:alarm:a'] });
  assert.equal(w.title, 'Mine');
  assert.deepEqual(w.metrics, [['A', 'B', { id: 'm1' }]]);
  assert.equal(toWidget({ ...spec, view: 'stacked' }, 'us-east-1', base).view, 'timeSeries');
});

test('a body with anything in it is read without an error', () => {
  for (const metrics of [undefined, 'text', [null, 5, {}, [], ['only'], [{}], [{ expression: 5 }], ['...']]] as unknown[]) {
    assert.deepEqual(fromWidget({ metrics, title: 5, period: 'x', yAxis: [], annotations: { horizontal: [{}], vertical: [{ value: 'never' }] } } as never).queries, []);
  }
  assert.equal(fromWidget({ metrics: [['A', 'B', { color: 'url(javascript:1)' }]] }).queries[0].color, undefined);
});
