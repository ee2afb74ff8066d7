// `doctor`: which ggml backends this machine can use, and exactly why not the others. Tool process.
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DoctorResult } from '../../../contracts/tool-protocol.ts';
import { backendDir, loadNative, kernelLibrary } from '../native.ts';

type Backend = DoctorResult['backends'][number];

const NAMES = [
  ['CPU', /(lib)?ggml-cpu.*\.(so|dll|dylib)$/],
  ['CUDA', /(lib)?ggml-cuda\.(so|dll)$/],
  ['Vulkan', /(lib)?ggml-vulkan\.(so|dll)$/],
  ['Metal', /(lib)?ggml-metal\.(so|dylib)$/],
] as const;

/** Libraries that the prebuilt CUDA backend needs and does not bring. */
const CUDA_RUNTIME = ['libcudart.so.13', 'libcublas.so.13'];
const CUDA_RUNTIME_REMEDY =
  "install the CUDA 13 runtime (Debian and Ubuntu with NVIDIA's repository: apt-get install cuda-cudart-13-0 libcublas-13-0), or put its lib folder on LD_LIBRARY_PATH";
const PLATFORM_BACKENDS: Partial<Record<NodeJS.Platform, Backend['name'][]>> = {
  linux: ['CPU', 'CUDA', 'Vulkan'],
  win32: ['CPU', 'CUDA', 'Vulkan'],
  darwin: process.arch === 'arm64' ? ['CPU', 'Metal'] : ['CPU'],
};

export async function doctor(): Promise<DoctorResult> {
  const wanted = PLATFORM_BACKENDS[process.platform] ?? ['CPU'];
  const backends = (await Promise.all(wanted.map(inspectBackend))).flat();
  const hasOwnKernels = kernelLibrary('gpu') !== '';
  try {
    const addon = loadNative();
    // The CUDA package has the CPU backends too.
    const cudaLoads = backends.some(({ name, loads }) => name === 'CUDA' && loads);
    const listed = addon.devices(backendDir(cudaLoads ? 'gpu' : 'cpu'));
    const failures = new Map(
      listed.flatMap(({ kind, name, description }) => (kind === 'failed' ? [[name, description]] : [])),
    );
    return {
      versions: addon.versions,
      addonError: null,
      devices: listed.filter(({ kind }) => kind !== 'failed'),
      backends: backends.map((backend) => withFailure(backend, failures)),
      hasOwnKernels,
    };
  } catch (error) {
    return {
      versions: null,
      addonError: error instanceof Error ? error.message : String(error),
      devices: [],
      backends,
      hasOwnKernels,
    };
  }
}

/** @param failures of libraries that load and bring no device, by file name, as the addon lists them */
export function withFailure(backend: Backend, failures: ReadonlyMap<string, string>): Backend {
  const reason = backend.loads && backend.file !== null ? failures.get(backend.file) : undefined;
  if (reason === undefined) return backend;
  const remedy = "check that a GPU is built in and that its driver is installed (nvidia-smi lists NVIDIA's)";
  return { ...backend, loads: false, reason, remedy };
}

async function inspectBackend(name: Backend['name']): Promise<Backend[]> {
  const pattern = NAMES.find(([candidate]) => candidate === name)?.[1] ?? /$^/;
  const folder = installedFolder(name);
  const files = folder !== null && existsSync(folder) ? readdirSync(folder).filter((file) => pattern.test(file)) : [];
  if (files.length === 0) return [await missingBackend(name)];
  return Promise.all(
    files.map(async (file): Promise<Backend> => {
      const missing = await missingLibraries(join(folder ?? '', file));
      if (missing.length === 0) return { name, file, loads: true, reason: null, remedy: null };
      const remedy = name === 'CUDA' ? cudaRemedy(missing) : `install the package that holds ${missing.join(' and ')}`;
      return { name, file, loads: false, reason: `${missing.join(' and ')} not found by the loader`, remedy };
    }),
  );
}

/** libcuda is the driver's; the others are the CUDA toolkit's. */
export function cudaRemedy(missing: readonly string[]): string {
  const driver = missing.includes('libcuda.so.1')
    ? ["install NVIDIA's driver, 580 or later, which brings libcuda.so.1 (there must be an NVIDIA GPU)"]
    : [];
  const runtime = missing.some((library) => library !== 'libcuda.so.1') ? [CUDA_RUNTIME_REMEDY] : [];
  return [...driver, ...runtime].join('; ');
}

/** Folder of the installed package that would hold the backend; null where none is. */
function installedFolder(name: Backend['name']): string | null {
  try {
    return backendDir(name === 'CUDA' ? 'gpu' : 'cpu');
  } catch {
    return null;
  }
}

async function missingBackend(name: Backend['name']): Promise<Backend> {
  const runtime = name === 'CUDA' && process.platform === 'linux' ? await missingRuntime() : [];
  const reason = [
    `libggml-${name.toLowerCase()} is not installed`,
    ...(runtime.length > 0 ? [`${runtime.join(' and ')} not found`] : []),
  ];
  const install =
    name === 'CUDA' && process.platform === 'linux'
      ? 'run npm run setup:cuda (190 MB; an NVIDIA GPU is needed)'
      : `install the optional package of node-llama-cpp for ${name} (a GPU of that kind is needed)`;
  return {
    name,
    file: null,
    loads: false,
    reason: reason.join('; '),
    remedy: runtime.length > 0 ? `${install}, and ${cudaRemedy(runtime)}` : install,
  };
}

const run = promisify(execFile);

/** Names that the dynamic loader cannot resolve for a library; empty also where `ldd` is not there to ask. */
async function missingLibraries(path: string): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  try {
    const { stdout } = await run('ldd', [path]);
    return [...stdout.matchAll(/^\s*(\S+) => not found/gm)].map(([, name]) => name ?? '');
  } catch {
    return [];
  }
}

async function missingRuntime(): Promise<string[]> {
  const folders = (process.env['LD_LIBRARY_PATH'] ?? '').split(':').filter(Boolean);
  const cache = await run('/sbin/ldconfig', ['-p']).then(
    ({ stdout }) => stdout,
    () => '',
  );
  return CUDA_RUNTIME.filter(
    (library) => !cache.includes(library) && !folders.some((folder) => existsSync(join(folder, library))),
  );
}
