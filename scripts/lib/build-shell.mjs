// Bundles the desktop shell, its preload and the Node processes that it starts into build/app, laid out as they are
// packaged. The processes are the same as in the repository, in JavaScript: Electron's Node need not read TypeScript.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { build } from 'esbuild';
import { codeVersion } from '../../main/host/code-version.ts';
import { repositoryRoot } from './process.mjs';

export const APP_FOLDER = join(repositoryRoot, 'build', 'app');
/** Packages with native parts or files of their own; and what ws would use if it were there. */
const EXTERNAL = [
  'electron',
  'better-sqlite3',
  '@resvg/resvg-js',
  'node-llama-cpp',
  'dejavu-fonts-ttf',
  'bufferutil',
  'utf-8-validate',
];
/** The app's folder, seen from a bundle in one of the folders of main/; and what packages in CommonJS call `require`. */
const BANNERS = {
  cjs: "const rootOfBundle = require('path').join(__dirname, '..', '..');",
  esm:
    "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);" +
    "import { join as joinOfBundle } from 'node:path'; const rootOfBundle = joinOfBundle(import.meta.dirname, '..', '..');",
};

/**
 * @param {object} [options] other than the default only where an old Electron is to run it
 * @param {string} [options.folder] the app's folder, made anew
 * @param {string} [options.pagesFolder] the built pages
 * @param {import('esbuild').BuildOptions} [options.shellOptions] what shell and preload may use
 */
export async function buildShell({
  folder = APP_FOLDER,
  pagesFolder = join(repositoryRoot, 'build', 'renderer'),
  shellOptions = { target: ['node24', 'chrome140'] },
} = {}) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const common = {
    absWorkingDir: repositoryRoot,
    bundle: true,
    logLevel: 'warning',
    external: EXTERNAL,
    platform: 'node',
  };
  const { plugins = [], ...shellTarget } = shellOptions;
  const commonJs = { ...common, format: 'cjs', ...shellTarget };
  await Promise.all([
    build({
      ...commonJs,
      entryPoints: ['main/electron/shell-main.ts'],
      outfile: join(folder, 'main', 'electron', 'shell.cjs'),
      plugins: [...plugins, placesOfSources()],
      banner: { js: BANNERS.cjs },
    }),
    build({
      ...commonJs,
      entryPoints: ['preload/preload.ts'],
      outfile: join(folder, 'preload', 'preload.cjs'),
      plugins,
    }),
    build({
      ...common,
      format: 'esm',
      target: 'node24',
      entryPoints: processEntries(),
      outbase: repositoryRoot,
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      plugins: [placesOfSources()],
      banner: { js: BANNERS.esm },
    }),
  ]);
  writeFileSync(join(folder, 'code-version.txt'), `${await codeVersion(repositoryRoot)}\n`);
  writeFileSync(join(folder, 'package.json'), packageFile());
  for (const name of ['native', 'resources', 'node_modules']) link(join(repositoryRoot, name), join(folder, name));
  link(pagesFolder, join(folder, 'build', 'renderer'));
}

/** A module that looks for files beside it looks where it lay before it was bundled. */
function placesOfSources() {
  return {
    name: 'places-of-sources',
    setup: (build) => {
      build.onLoad({ filter: /[/\\]main[/\\].*\.(ts|mjs)$/ }, ({ path }) => {
        const place = relative(repositoryRoot, dirname(path)).split(sep).join('/');
        if (!place.startsWith('main/')) return null;
        const contents = readFileSync(path, 'utf8').replaceAll('import.meta.dirname', `(rootOfBundle + '/${place}')`);
        return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' };
      });
    },
  };
}

/** Each folder's modules that Node is started with. */
function processEntries() {
  return readdirSync(join(repositoryRoot, 'main'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(repositoryRoot, 'main', name)).map((file) => join('main', name, file)))
    .filter((file) => file.endsWith('.mjs'));
}

function packageFile() {
  const { name, version, description, license } = JSON.parse(
    readFileSync(join(repositoryRoot, 'package.json'), 'utf8'),
  );
  return `${JSON.stringify({ name, version, description, license, type: 'module', main: 'main/electron/shell.cjs' }, null, 2)}\n`;
}

/** What is not bundled lies where the processes look for it, seen from their own place. */
function link(target, place) {
  mkdirSync(dirname(place), { recursive: true });
  if (existsSync(target)) symlinkSync(target, place, 'junction');
}
