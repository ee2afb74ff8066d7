import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const PRINT_MODULES = `
  import { registerHooks } from 'node:module';
  registerHooks({ load(url, context, next) { console.error(url); return next(url, context); } });
`;

it('loads no drawing library before something is drawn', () => {
  const printModules = `data:text/javascript,${encodeURIComponent(PRINT_MODULES)}`;
  const args = ['--import', printModules, join(import.meta.dirname, 'tinylora.mjs'), '--help'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stdout).toContain('pareto');
  expect(stderr).toContain('commands/pareto.ts');
  expect(stderr).not.toMatch(/node_modules\/(echarts|zrender|@resvg)/);
});
