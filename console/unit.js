// Runs the unit tests beside the sources, `node unit.js [part of a path]`: Vite's compiler takes
// the types off, as Node itself does only in versions that not everybody has.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);

/** load is what Node calls for each module of a test. */
export async function load(url, context, next) {
  if (!url.endsWith('.ts') || url.includes('/node_modules/')) return next(url, context);
  const { transformWithOxc } = await import('vite');
  const file = fileURLToPath(url);
  const { code } = await transformWithOxc(readFileSync(file, 'utf8'), file);
  return { format: 'module', source: code, shortCircuit: true };
}

if (process.env.UNIT_HOOKS && !process.env.UNIT_LOADING) {
  process.env.UNIT_LOADING = '1';
  register(import.meta.url);
} else if (process.argv[1] === self) {
  const tests = readdirSync(new URL('src', import.meta.url), { recursive: true })
    .filter((f) => f.endsWith('.test.ts') && f.includes(process.argv[2] ?? ''))
    .map((f) => fileURLToPath(new URL(`src/${f}`, import.meta.url)));
  const { status } = spawnSync(process.execPath, ['--import', import.meta.url, '--test', ...tests], { stdio: 'inherit', env: { ...process.env, UNIT_HOOKS: '1' } });
  process.exit(status ?? 1);
}
