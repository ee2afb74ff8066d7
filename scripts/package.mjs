// `npm run package -- [options of electron-builder]`: the app's packages for this system, in build/packages.
//
//   npm run package              every package of this system
//   npm run package -- --dir     the app's folder only
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { buildShell } from './lib/build-shell.mjs';
import { repositoryRoot } from './lib/process.mjs';

await buildShell();
const builder = join(repositoryRoot, 'node_modules', 'electron-builder', 'cli.js');
const { status, error } = spawnSync(process.execPath, [builder, '--publish', 'never', ...process.argv.slice(2)], {
  cwd: repositoryRoot,
  stdio: 'inherit',
});
if (error) throw error;
process.exitCode = status ?? 1;
