// Builds the native part into native/build: llama.cpp with our patches, the trainer, its tests and the addon.
//
//   node scripts/build-native.mjs [--sanitize] [--target NAME]
//
// Nothing is done when no input changed since the last build. --sanitize builds trainer and tests with the address and
// undefined-behaviour sanitisers into native/build-sanitize (not on Windows); --target builds one CMake target, such as
// test-philox.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { compilerIdentity } from './lib/compiler.mjs';
import { withLock } from './lib/lock.mjs';
import { nativePlatform } from './lib/native-platform.mjs';
import { definitionFile, readExports } from './lib/pe-exports.mjs';
import { hasProgram, jobCount, repositoryRoot, run, runMain, SetupError, timed } from './lib/process.mjs';

const nativeDir = join(repositoryRoot, 'native');
const buildDir = join(nativeDir, 'build');
const sanitizeDir = join(nativeDir, 'build-sanitize');
const sourceDir = join(buildDir, 'llama.cpp');
const onWindows = process.platform === 'win32';
const packagesDir = join(repositoryRoot, 'node_modules');
const llamaPackageDir = join(packagesDir, 'node-llama-cpp', 'llama');

runMain(() => {
  const { values } = parseArgs({ options: { sanitize: { type: 'boolean' }, target: { type: 'string' } } });
  if (values.sanitize && onWindows) {
    throw new SetupError(
      'The build with sanitisers needs GCC or Clang, which Windows has not. Build without --sanitize.',
    );
  }
  withLock(join(buildDir, '.lock'), () => {
    removeOldCudaBackend();
    prepareSource();
    build(buildDir, { sanitize: false, target: values.sanitize ? 'tinylora-llama' : values.target });
    if (values.sanitize) build(sanitizeDir, { sanitize: true, target: values.target });
  });
});

/** What `build:cuda -- --backend` made of another version of ggml would crash beside this one's libraries. */
function removeOldCudaBackend() {
  const folder = join(buildDir, 'cuda-backend');
  const built = join(folder, 'libggml-base.so');
  if (!existsSync(built)) return;
  if (readFileSync(built).equals(readFileSync(join(backendDir(), 'libggml-base.so')))) return;
  rmSync(folder, { recursive: true, force: true });
  process.stderr.write(
    "ggml's CUDA backend was built from another version of ggml and is removed. Build it again with npm run build:cuda -- --backend.\n",
  );
}

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
    // core.autocrlf off, in the checkout's own settings, so that patches fit on every machine.
    run('git', ['clone', '--quiet', '--no-checkout', '--config', 'core.autocrlf=false', bundle, sourceDir]);
    run('git', ['sparse-checkout', 'set', '--no-cone', '/include/', '/src/', '/ggml/include/', '/LICENSE'], {
      cwd: sourceDir,
    });
    run('git', ['checkout', '--quiet'], { cwd: sourceDir });
    for (const patch of patches) {
      run('git', ['apply', '--whitespace=nowarn', patch], { cwd: sourceDir });
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
    // Visual Studio's projects hold every configuration; other build files hold the one that was configured.
    run('cmake', ['--build', directory, '--config', 'Release', '--parallel', String(jobCount), ...targets]);
    if (!target) writeFileSync(stampFile, stamp);
  });
}

function configureArguments(directory, sanitize) {
  const { ggmlLibraries, llamaLibrary, librarySuffix } = nativePlatform(process.platform, process.arch, llamaVersion());
  const backends = backendDir();
  const settings = {
    TINYLORA_LLAMA_SOURCE: sourceDir,
    TINYLORA_LLAMA_VERSION: llamaVersion(),
    TINYLORA_BACKEND_DIR: backends,
    TINYLORA_GGML_LIBRARIES: ggmlLibraries.map((name) => join(backends, name)).join(';'),
    TINYLORA_STOCK_LIBRARY: join(backends, llamaLibrary),
    TINYLORA_NODE_INCLUDES: sanitize ? '' : nodeIncludes().join(';'),
    TINYLORA_LLAMA_LIBRARY: sanitize ? join(buildDir, `libtinylora-llama${librarySuffix}`) : '',
    TINYLORA_SANITIZE: sanitize ? 'ON' : 'OFF',
    ...(onWindows ? { TINYLORA_DEFINITION_FILES: writeDefinitionFiles(directory).join(';') } : {}),
    ...(process.platform === 'darwin' ? { CMAKE_OSX_ARCHITECTURES: process.arch === 'x64' ? 'x86_64' : 'arm64' } : {}),
  };
  return [
    '-S',
    nativeDir,
    '-B',
    directory,
    ...generatorArguments(directory),
    // CMake takes a backslash for an escape.
    ...Object.entries(settings).map(([key, value]) => `-D${key}=${onWindows ? value.replaceAll('\\', '/') : value}`),
  ];
}

/** Ninja where it is installed; on Windows Visual Studio, CMake's default there, which needs no developer prompt. */
function generatorArguments(directory) {
  if (existsSync(join(directory, 'CMakeCache.txt'))) return [];
  if (onWindows) return ['-A', process.arch === 'arm64' ? 'ARM64' : 'x64'];
  return hasProgram('ninja') ? ['-G', 'Ninja'] : [];
}

/** Lists of what ggml's DLLs and Node export, of which CMake makes the import libraries that the linker wants. */
function writeDefinitionFiles(directory) {
  const backends = backendDir();
  const folder = join(directory, 'import');
  mkdirSync(folder, { recursive: true });
  const { ggmlLibraries } = nativePlatform(process.platform, process.arch, llamaVersion());
  const written = ggmlLibraries.map((name) => {
    const path = join(folder, name.replace(/dll$/, 'def'));
    // The rest is C++ that neither libllama nor the trainer calls, and inlined parts of the C library.
    writeFileSync(
      path,
      definitionFile(name, readExports(readFileSync(join(backends, name)), name), /^(ggml|gguf)_\w+$/),
    );
    return path;
  });
  return [...written, join(packagesDir, 'node-api-headers', 'def', 'node_api.def')];
}

/** Folder of the prebuilt ggml for this machine. */
function backendDir() {
  const { packageName, ggmlLibraries } = nativePlatform(process.platform, process.arch, llamaVersion());
  const folder = join(packagesDir, '@node-llama-cpp', packageName, 'bins', packageName);
  const missing = ggmlLibraries.filter((name) => !existsSync(join(folder, name)));
  if (missing.length > 0) {
    throw new SetupError(`${folder} has no ${missing.join(' and no ')}. Remove node_modules and run: npm run setup`);
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
  const folders = ['trainer/include/tinylora', 'trainer/src', 'trainer/test', 'binding', 'binding/windows', 'bench'];
  const own = [join(nativeDir, 'CMakeLists.txt'), ...folders.flatMap((folder) => filesIn(join(nativeDir, folder)))];
  const stats = own.map((path) => `${path} ${statSync(path).size} ${statSync(path).mtimeMs}`);
  const packages = ['node-llama-cpp', 'node-addon-api', 'node-api-headers'].map(packageVersion);
  return digest([compilerIdentity(), readStamp(join(buildDir, 'source.stamp')), ...packages, ...stats]);
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
