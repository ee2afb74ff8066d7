// Builds what the window shows into build/renderer, only when its sources changed (a hash decides).
//
//   node scripts/build-app.mjs [--force]
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { withLock } from './lib/lock.mjs';
import { repositoryRoot, run, runMain, timed } from './lib/process.mjs';

const SOURCES = ['renderer', 'contracts'];
const SINGLE_SOURCES = ['package-lock.json', 'tsconfig.base.json'];

runMain(() => {
  const outputFolder = join(repositoryRoot, 'build', 'renderer');
  const stampFile = join(repositoryRoot, 'build', 'renderer.stamp');
  withLock(join(repositoryRoot, 'build', '.app-lock'), () => {
    const stamp = sourceStamp();
    const isCurrent = existsSync(join(outputFolder, 'index.html')) && readIfThere(stampFile) === stamp;
    if (isCurrent && !process.argv.includes('--force')) return;
    timed('window: building', () => {
      const vite = join(repositoryRoot, 'node_modules', 'vite', 'bin', 'vite.js');
      run(process.execPath, [vite, 'build', '--logLevel', 'warn', join(repositoryRoot, 'renderer')]);
    });
    writeFileSync(stampFile, stamp);
  });
});

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/** Names and contents of everything that ends up in the bundle; tests do not. */
function sourceStamp() {
  const hash = createHash('sha256');
  const files = SOURCES.flatMap((folder) =>
    readdirSync(join(repositoryRoot, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.test\.tsx?$/.test(entry.name))
      .map((entry) => relative(repositoryRoot, join(entry.parentPath, entry.name))),
  );
  for (const file of [...files, ...SINGLE_SOURCES].sort()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(repositoryRoot, file)))
      .update('\0');
  }
  return hash.digest('hex');
}
