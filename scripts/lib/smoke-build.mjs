// Builds the app for the smoke test: as it is, or for an old Electron. For the smoke test.
import { join } from 'node:path';
import { build as buildPages } from 'vite';
import { APP_FOLDER, buildShell } from './build-shell.mjs';
import { repositoryRoot } from './process.mjs';

const LEGACY = join(repositoryRoot, 'test', 'electron-legacy');
const LEGACY_TARGET = ['node12', 'chrome83'];

/** @returns {Promise<string>} the app's folder */
export async function prepareApp(isLegacy) {
  if (!isLegacy) {
    await buildShell();
    return APP_FOLDER;
  }
  const folder = join(repositoryRoot, 'build', 'smoke-app');
  const pagesFolder = join(repositoryRoot, 'build', 'smoke-renderer');
  await buildPages({
    configFile: join(repositoryRoot, 'renderer', 'vite.config.mjs'),
    logLevel: 'warn',
    plugins: [prelude()],
    build: { outDir: pagesFolder, target: 'chrome83' },
  });
  await buildShell({
    folder,
    pagesFolder,
    shellOptions: {
      target: LEGACY_TARGET,
      inject: [join(LEGACY, 'node.ts')],
      plugins: [substitutes()],
    },
  });
  return folder;
}

/** What old browsers lack comes before everything else of the pages. */
function prelude() {
  return {
    name: 'legacy-prelude',
    enforce: 'pre',
    transform: (code, id) =>
      id.endsWith('/renderer/main.tsx') ? `import ${JSON.stringify(join(LEGACY, 'page.ts'))};\n${code}` : null,
  };
}

/** The modules that an old Electron or its Node does not have, or not whole. */
function substitutes() {
  const files = {
    electron: 'electron.ts',
    'node:fs/promises': 'fs-promises.ts',
    'node:timers/promises': 'timers-promises.ts',
  };
  return {
    name: 'legacy-substitutes',
    setup: (build) => {
      // The preload is sandboxed: it has Electron's own module and no other.
      build.onResolve({ filter: /^(electron|node:(fs|timers)\/promises)$/ }, ({ path, importer }) =>
        importer.includes('preload') ? null : { path: join(LEGACY, files[path]) },
      );
    },
  };
}
