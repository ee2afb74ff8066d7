// Builds the native part into native/build: llama.cpp with our patches, the trainer, its tests and the addon.
//
//   node scripts/build-native.mjs [--sanitize] [--target NAME]
//
// Nothing is done when no input changed since the last build. --sanitize builds trainer and tests with the address and
// undefined-behaviour sanitisers into native/build-sanitize; --target builds one CMake target, such as test-philox.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { withLock } from './lib/lock.mjs';
import { hasProgram, jobCount, repositoryRoot, run, runMain, SetupError, timed } from './lib/process.mjs';

const nativeDir = join(repositoryRoot, 'native');
const buildDir = join(nativeDir, 'build');
const sanitizeDir = join(nativeDir, 'build-sanitize');
const sourceDir = join(buildDir, 'llama.cpp');
const packagesDir = join(repositoryRoot, 'node_modules');
const llamaPackageDir = join(packagesDir, 'node-llama-cpp', 'llama');

runMain(() => {
  const { values } = parseArgs({ options: { sanitize: { type: 'boolean' }, target: { type: 'string' } } });
  withLock(join(buildDir, '.lock'), () => {
    prepareSource();
    build(buildDir, { sanitize: false, target: values.sanitize ? 'tinylora-llama' : values.target });
    if (values.sanitize) build(sanitizeDir, { sanitize: true, target: values.target });
  });
});

/** Unpacks llama.cpp from node-llama-cpp's bundle and applies native/patches, where either changed. */
function prepareSource() {
  const bundle = join(llamaPackageDir, 'gitRelease.bundle');
  if (!existsSync(bundle)) throw new SetupError('node-llama-cpp is not installed. Run: npm run setup');
  const patches = patchFiles();
  const stampFile = join(buildDir, 'source.stamp');
  const stamp = digest([packageVersion('node-llama-cpp'), ...patches.map((path) => readFileSync(path))]);
  if (readStamp(stampFile) === stamp) return;
  timed('llama.cpp: unpacking and patching', () => {
    rmSync(stampFile, { force: true });
    const before = modificationTimes();
    rmSync(sourceDir, { recursive: true, force: true });
    run('git', ['clone', '--quiet', '--no-checkout', bundle, sourceDir]);
    run('git', ['sparse-checkout', 'set', '--no-cone', '/include/', '/src/', '/ggml/include/', '/LICENSE'], {
      cwd: sourceDir,
    });
    run('git', ['checkout', '--quiet'], { cwd: sourceDir });
    for (const patch of patches) {
      // The checkout is a repository of its own; core.autocrlf off, so that patches fit on every machine.
      run('git', ['-c', 'core.autocrlf=false', 'apply', '--whitespace=nowarn', patch], { cwd: sourceDir });
    }
    restoreModificationTimes(before);
    writeFileSync(stampFile, stamp);
  });
}

/** Content hash and modification time of the source files now there, so that a new patch rebuilds only what it changes. */
function modificationTimes() {
  const times = new Map();
  if (!existsSync(sourceDir)) return times;
  for (const path of sourceFiles()) {
    times.set(path, { hash: digest([readFileSync(path)]), modifiedMs: statSync(path).mtimeMs });
  }
  return times;
}

function restoreModificationTimes(before) {
  for (const path of sourceFiles()) {
    const known = before.get(path);
    if (known && known.hash === digest([readFileSync(path)])) {
      utimesSync(path, new Date(), new Date(known.modifiedMs));
    }
  }
}

function sourceFiles() {
  return ['include', 'src', 'src/models', 'ggml/include'].flatMap((folder) => filesIn(join(sourceDir, folder)));
}

/** Configures and builds `directory`, unless its stamp says that nothing changed. */
function build(directory, { sanitize, target }) {
  mkdirSync(directory, { recursive: true });
  const stampFile = join(directory, 'build.stamp');
  const stamp = inputStamp();
  if (readStamp(stampFile) === stamp) return;
  const label = `native${sanitize ? ' with sanitisers' : ''}: building${target ? ` ${target}` : ''}`;
  timed(label, () => {
    rmSync(stampFile, { force: true });
    run('cmake', configureArguments(directory, sanitize));
    const targets = target ? ['--target', target] : [];
    run('cmake', ['--build', directory, '--parallel', String(jobCount), ...targets]);
    if (!target) writeFileSync(stampFile, stamp);
  });
}

function configureArguments(directory, sanitize) {
  const generator = existsSync(join(directory, 'CMakeCache.txt')) ? [] : hasProgram('ninja') ? ['-G', 'Ninja'] : [];
  const settings = {
    TINYLORA_LLAMA_SOURCE: sourceDir,
    TINYLORA_LLAMA_VERSION: llamaVersion(),
    TINYLORA_BACKEND_DIR: backendDir(),
    TINYLORA_NODE_INCLUDES: sanitize ? '' : nodeIncludes().join(';'),
    TINYLORA_LLAMA_LIBRARY: sanitize ? join(buildDir, 'libtinylora-llama.so') : '',
    TINYLORA_SANITIZE: sanitize ? 'ON' : 'OFF',
  };
  return [
    '-S',
    nativeDir,
    '-B',
    directory,
    ...generator,
    ...Object.entries(settings).map(([key, value]) => `-D${key}=${value}`),
  ];
}

/** Folder of the prebuilt ggml for this machine. */
function backendDir() {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    throw new SetupError(
      `The native part builds on Linux (x64, arm64) only, not yet on ${process.platform} ${process.arch}.`,
    );
  }
  const name = `linux-${process.arch}`;
  const folder = join(packagesDir, '@node-llama-cpp', name, 'bins', name);
  if (!existsSync(join(folder, 'libggml-base.so'))) {
    throw new SetupError(`${folder} has no libggml-base.so. Remove node_modules and run: npm run setup`);
  }
  return folder;
}

function nodeIncludes() {
  return [join(packagesDir, 'node-api-headers', 'include'), join(packagesDir, 'node-addon-api')];
}

function llamaVersion() {
  const { tag } = JSON.parse(readFileSync(join(llamaPackageDir, 'llama.cpp.info.json'), 'utf8'));
  return tag.replace(/^v/, '');
}

function packageVersion(name) {
  return JSON.parse(readFileSync(join(packagesDir, name, 'package.json'), 'utf8')).version;
}

function patchFiles() {
  return filesIn(join(nativeDir, 'patches'))
    .filter((path) => path.endsWith('.patch'))
    .sort();
}

/** Hash of everything the build reads; of our own files size and modification time, which is enough and fast. */
function inputStamp() {
  const folders = ['trainer/include/tinylora', 'trainer/src', 'trainer/test', 'binding', 'bench'];
  const own = [join(nativeDir, 'CMakeLists.txt'), ...folders.flatMap((folder) => filesIn(join(nativeDir, folder)))];
  const stats = own.map((path) => `${path} ${statSync(path).size} ${statSync(path).mtimeMs}`);
  const packages = ['node-llama-cpp', 'node-addon-api', 'node-api-headers'].map(packageVersion);
  const compiler = run(process.env.CXX ?? 'c++', ['--version']);
  return digest([compiler, readStamp(join(buildDir, 'source.stamp')), ...packages, ...stats]);
}

/** Paths of the plain files directly inside a folder; none where it does not exist. */
function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !basename(entry.name).startsWith('.'))
    .map((entry) => join(folder, entry.name));
}

function digest(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}

function readStamp(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
