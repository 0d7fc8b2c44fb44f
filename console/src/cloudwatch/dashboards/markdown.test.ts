import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blocks, inline, safeHref } from './markdown.ts';

test('blocks are told apart', () => {
  const kinds = blocks('# Title\n\ntext\nmore\n\n- a\n- b\n\n1. c\n\n> q\n\n```\ncode\n```\n\n---\n\n| a | b |\n|---|---|\n| 1 | 2 |').map((b) => b.kind);
  assert.deepEqual(kinds, ['heading', 'paragraph', 'list', 'list', 'quote', 'code', 'rule', 'table']);
});

test('marks within a line', () => {
  assert.deepEqual(inline('a **b** `c` [d](https://example.com/)'), [
    { kind: 'text', text: 'a ' },
    { kind: 'bold', children: [{ kind: 'text', text: 'b' }] },
    { kind: 'text', text: ' ' },
    { kind: 'code', text: 'c' },
    { kind: 'text', text: ' ' },
    { kind: 'link', href: 'https://example.com/', children: [{ kind: 'text', text: 'd' }] },
  ]);
});

test('links that would run something are text', () => {
  for (const href of ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,x', '//evil.example', '/\\evil.example', 'vbscript:x']) {
    assert.equal(safeHref(href), undefined, href);
    assert.ok(inline(`[a](${href})`).every((p) => p.kind === 'text'), href);
  }
  assert.equal(safeHref('/console/us-east-1/kms/keys'), '/console/us-east-1/kms/keys');
});

test('HTML is text', () => {
  assert.deepEqual(blocks('<img src=x onerror=alert(1)>'), [{ kind: 'paragraph', children: [{ kind: 'text', text: '<img src=x onerror=alert(1)>' }] }]);
});

test('long texts are read in time', () => {
  const start = Date.now();
  blocks(`${'*a '.repeat(5000)}\n${'[a]('.repeat(5000)}\n${'`'.repeat(5000)}`);
  assert.ok(Date.now() - start < 2000);
});
