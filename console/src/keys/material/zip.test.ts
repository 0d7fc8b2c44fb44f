import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32, zip } from './zip.ts';

test('a sum that is known', () => {
  assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926);
});

test('another program reads the archive', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'zip-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'a.zip');
  writeFileSync(file, zip([{ name: 'one.bin', content: Uint8Array.of(0, 255, 7) }, { name: 'two.txt', content: new TextEncoder().encode('two') }], new Date('2026-11-26T10:20:30Z')));
  const script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), [(i.filename, z.read(i).hex(), i.date_time) for i in z.infolist()])";
  const said = execFileSync('python3', ['-c', script, file], { encoding: 'utf8' }).trim();
  assert.equal(said, "None [('one.bin', '00ff07', (2026, 11, 26, 10, 20, 30)), ('two.txt', '74776f', (2026, 11, 26, 10, 20, 30))]");
});
