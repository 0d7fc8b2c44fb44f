import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GraphQuery } from '../spec/graph.ts';
import { labelsOf } from './labels.ts';

const line = (id: string, metric: string, dimensions?: Record<string, string>, more: Partial<GraphQuery> = {}): GraphQuery => ({ id, namespace: 'App', metric, dimensions, ...more });
const labels = (...queries: GraphQuery[]) => [...labelsOf({ queries }).values()];

test('metrics of different names are called by these', () => {
  assert.deepEqual(labels(line('m1', 'Calls', { Host: 'a' }), line('m2', 'Errors', { Host: 'b' })), ['Calls', 'Errors']);
});

test('lines of one metric are called by what tells them apart', () => {
  assert.deepEqual(labels(line('m1', 'Calls', { App: 'x', Host: 'a' }), line('m2', 'Calls', { App: 'x', Host: 'b' })), ['a', 'b']);
  assert.deepEqual(labels(line('m1', 'Calls'), line('m2', 'Calls', undefined, { stat: 'p99' })), ['Average', 'p99']);
  assert.deepEqual(labels(line('m1', 'Calls', undefined, { period: 60 }), line('m2', 'Calls')), ['60 s', '300 s']);
  assert.deepEqual(labels(line('m1', 'Calls'), line('m2', 'Calls', { Host: 'b' })), ['Calls', 'b']);
});

test('metrics of several names and hosts are called by both', () => {
  assert.deepEqual(labels(line('m1', 'Calls', { Host: 'a' }), line('m2', 'Calls', { Host: 'b' }), line('m3', 'Errors', { Host: 'a' })), ['a Calls', 'b Calls', 'a Errors']);
});

test('labels that are given, expressions and what is not shown have no part in it', () => {
  assert.deepEqual(labels(line('m1', 'Calls', { Host: 'a' }), line('m2', 'Calls', { Host: 'b' }, { label: 'Mine' }), line('m3', 'Calls', { Host: 'c' }, { visible: false }), { id: 'e1', expression: 'm1 * 2' }), ['Calls']);
});

test('lines that are the same have the same name', () => {
  assert.deepEqual(labels(line('m1', 'Calls'), line('m2', 'Calls')), ['Calls', 'Calls']);
});
