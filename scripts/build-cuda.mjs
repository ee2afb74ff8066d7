// Builds our own CUDA kernels for training passes and rollouts, native/kernels, into native/build/libtinylora-cuda.so. Optional: without
// them a GPU trains with ggml's.
//
//   node scripts/build-cuda.mjs [--backend] [--architectures 80,86,89,90]
//
// Needs CUDA's toolkit, 13 as the backend's libraries, with nvcc on the path or CUDA_HOME naming its folder. The newest architecture of our kernels
// is also kept in a form that later cards translate for themselves.
//
// --backend also builds ggml's CUDA backend, for GPUs and drivers that the prebuilt one does not serve (docs/user-guide.md); for this machine's GPUs,
// where no architectures are named.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildCudaBackend, installedArchitectures } from './lib/cuda-backend.mjs';
import { hasProgram, repositoryRoot, run, runMain, SetupError, timed } from './lib/process.mjs';

const DEFAULT_ARCHITECTURES = '80,86,89,90';

runMain(() => {
  const { values } = parseArgs({ options: { backend: { type: 'boolean' }, architectures: { type: 'string' } } });
  if (process.platform !== 'linux') throw new SetupError('CUDA kernels are built on Linux only.');
  const named = values.architectures?.split(',');
  if (named && !named.every((name) => /^\d+$/.test(name))) {
    throw new SetupError(
      `--architectures ${values.architectures}: expected numbers such as ${DEFAULT_ARCHITECTURES}, separated by commas.`,
    );
  }
  const compiler = nvcc();
  // Asked first: what is wrong is told before anything is built.
  const backendArchitectures = values.backend ? (named ?? installedArchitectures()) : null;
  buildKernels(compiler, named ?? DEFAULT_ARCHITECTURES.split(','));
  if (backendArchitectures) buildCudaBackend(compiler, backendArchitectures);
});

function buildKernels(compiler, architectures) {
  const buildDir = join(repositoryRoot, 'native', 'build');
  mkdirSync(buildDir, { recursive: true });
  const newest = architectures.at(-1);
  timed('CUDA kernels: building', () =>
    run(compiler, [
      '-std=c++17',
      '-O3',
      '--threads',
      '0',
      ...architectures.map((name) => `-gencode=arch=compute_${name},code=sm_${name}`),
      `-gencode=arch=compute_${newest},code=compute_${newest}`,
      '-shared',
      '-Xcompiler',
      '-fPIC',
      join(repositoryRoot, 'native', 'kernels', 'kernels.cu'),
      '-o',
      join(buildDir, 'libtinylora-cuda.so'),
      '-lcublas',
    ]),
  );
}

function nvcc() {
  const home = process.env.CUDA_HOME;
  const program = home === undefined ? 'nvcc' : join(home, 'bin', 'nvcc');
  if (!hasProgram(program)) {
    const where = home === undefined ? 'nvcc is not on the path' : `CUDA_HOME is ${home}, but ${program} is missing`;
    throw new SetupError(`${where}. Install CUDA's toolkit (13 or later), or set CUDA_HOME to its folder.`);
  }
  return program;
}
