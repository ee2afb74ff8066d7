// Builds ggml's CUDA backend from source into native/build/cuda-backend, for GPUs and drivers that the prebuilt one does not
// serve. Part of scripts/build-cuda.mjs.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lock.mjs';
import { nativePlatform } from './native-platform.mjs';
import { hasProgram, jobCount, repositoryRoot, run, SetupError, timed } from './process.mjs';

const LABEL = "ggml's CUDA backend";
const LIBRARY = 'libggml-cuda.so';
const LOG_LINES_SHOWN = 20;

const nativeDir = join(repositoryRoot, 'native');
const llamaDir = join(nativeDir, 'build', 'llama.cpp');
/** Where the engine's `backendDir` looks. Written at the very end, so that no half of a build is ever found there. */
const resultDir = join(nativeDir, 'build', 'cuda-backend');
const workDir = join(nativeDir, 'build', 'cuda-backend-build');
const sourceDir = join(workDir, 'source');
const objectsDir = join(workDir, 'objects');

/**
 * @param {string} nvcc the compiler, by path or as found on the path
 * @param {string[]} architectures such as '90'
 */
export function buildCudaBackend(nvcc, architectures) {
  if (!hasProgram('cmake')) throw new SetupError(`${LABEL} is built with CMake, which is missing. Install cmake.`);
  withLock(join(nativeDir, 'build', 'cuda-backend.lock'), () => {
    prepareSource(nvcc, architectures);
    timed(`${LABEL} for ${architectures.join(', ')}: configuring`, () => {
      run('cmake', configureArguments(nvcc, architectures));
    });
    timed(`${LABEL}: building with ${jobCount} jobs (some minutes with many cores, half an hour with two)`, compile);
    placeLibraries();
  });
  process.stderr.write(`${LABEL}: in ${resultDir}, used from now on. To go back, remove that folder.\n`);
}

/** Compute capabilities of this machine's GPUs, such as '90'. */
export function installedArchitectures() {
  const remedy = "Name the GPU's compute capability, such as --architectures 90 for 9.0.";
  if (!hasProgram('nvidia-smi')) {
    throw new SetupError(`nvidia-smi, which tells what GPU this machine has, is not on the path. ${remedy}`);
  }
  const output = run('nvidia-smi', ['--query-gpu=compute_cap', '--format=csv,noheader']).trim();
  const capabilities = output.split('\n').map((line) => line.trim());
  if (!capabilities.every((capability) => /^\d+\.\d$/.test(capability))) {
    throw new SetupError(`nvidia-smi tells no compute capability, but "${output}". ${remedy}`);
  }
  return [...new Set(capabilities.map((capability) => capability.replace('.', '')))];
}

/** ggml's source, of the same commit as our llama.cpp. Begins anew where that, the compiler or the GPU is another. */
function prepareSource(nvcc, architectures) {
  if (!existsSync(llamaDir)) throw new SetupError('llama.cpp has not been unpacked. Run: npm run setup');
  withLock(join(nativeDir, 'build', '.lock'), () => {
    const commit = run('git', ['rev-parse', 'HEAD'], { cwd: llamaDir });
    const stamp = [commit, nvcc, run(nvcc, ['--version']), architectures.join(',')].join('\n');
    const stampFile = join(workDir, 'source.stamp');
    if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
    rmSync(workDir, { recursive: true, force: true });
    mkdirSync(sourceDir, { recursive: true });
    const archive = join(workDir, 'ggml.tar');
    run('git', ['archive', '--output', archive, 'HEAD', 'ggml'], { cwd: llamaDir });
    run('cmake', ['-E', 'tar', 'xf', archive], { cwd: sourceDir });
    rmSync(archive);
    writeFileSync(stampFile, stamp);
  });
}

function configureArguments(nvcc, architectures) {
  const home = process.env.CUDA_HOME;
  const settings = {
    TINYLORA_GGML_SOURCE: join(sourceDir, 'ggml'),
    // Machine code alone: the portable form needs a driver as new as the compiler, which is what this build avoids.
    CMAKE_CUDA_ARCHITECTURES: architectures.map((name) => `${name}-real`).join(';'),
    ...(home === undefined ? {} : { CMAKE_CUDA_COMPILER: nvcc, CUDAToolkit_ROOT: home }),
  };
  const isConfigured = existsSync(join(objectsDir, 'CMakeCache.txt'));
  return [
    '-S',
    join(nativeDir, 'cuda'),
    '-B',
    objectsDir,
    ...(!isConfigured && hasProgram('ninja') ? ['-G', 'Ninja'] : []),
    ...Object.entries(settings).map(([key, value]) => `-D${key}=${value}`),
  ];
}

function compile() {
  const log = join(workDir, 'build.log');
  const progress = join(repositoryRoot, 'scripts', 'build-progress.mjs');
  const build = ['cmake', '--build', objectsDir, '--target', 'ggml-cuda', '--parallel', String(jobCount)];
  try {
    run(process.execPath, [progress, LABEL, log, ...build], { show: true });
  } catch (error) {
    const lines = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
    throw new SetupError(
      `${LABEL} could not be built. What the compiler said is in ${log}; it ends with:\n` +
        lines.slice(-LOG_LINES_SHOWN).join('\n'),
      { cause: error },
    );
  }
}

/** The backend last: what the engine looks for is there only when everything else is. */
function placeLibraries() {
  const { packageName } = nativePlatform(process.platform, process.arch, '');
  const prebuilt = join(repositoryRoot, 'node_modules', '@node-llama-cpp', packageName, 'bins', packageName);
  // Backends of the CPU, and the library that all of them link to.
  const others = readdirSync(prebuilt).filter((name) => /^libggml-.*\.so$/.test(name));
  mkdirSync(resultDir, { recursive: true });
  for (const name of others) place(join(prebuilt, name), name);
  place(join(objectsDir, LIBRARY), LIBRARY);
}

/** Renamed into its place, since a running engine may have the old file open. */
function place(from, name) {
  const temporary = join(resultDir, `${name}.partial`);
  copyFileSync(from, temporary);
  renameSync(temporary, join(resultDir, name));
}
