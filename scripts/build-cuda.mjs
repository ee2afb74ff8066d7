// Builds our own CUDA kernels for training passes and rollouts, native/kernels, into native/build/libtinylora-cuda.so. Optional: without
// them a GPU trains with ggml's.
//
//   node scripts/build-cuda.mjs [--architectures 80,86,89,90]
//
// Needs CUDA's toolkit, 13 as the backend's libraries, with nvcc on the path or CUDA_HOME naming its folder. The newest architecture is also kept
// in a form that later cards translate for themselves.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hasProgram, repositoryRoot, run, runMain, SetupError, timed } from './lib/process.mjs';

const DEFAULT_ARCHITECTURES = '80,86,89,90';

runMain(() => {
  const { values } = parseArgs({ options: { architectures: { type: 'string', default: DEFAULT_ARCHITECTURES } } });
  if (process.platform !== 'linux') throw new SetupError('Our own CUDA kernels are built on Linux only.');
  if (!/^\d+(,\d+)*$/.test(values.architectures)) {
    throw new SetupError(
      `--architectures ${values.architectures}: expected numbers such as ${DEFAULT_ARCHITECTURES}, separated by commas.`,
    );
  }
  const buildDir = join(repositoryRoot, 'native', 'build');
  mkdirSync(buildDir, { recursive: true });
  const architectures = values.architectures.split(',');
  const newest = architectures.at(-1);
  timed('CUDA kernels: building', () =>
    run(nvcc(), [
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
});

function nvcc() {
  const home = process.env.CUDA_HOME;
  const program = home === undefined ? 'nvcc' : join(home, 'bin', 'nvcc');
  if (!hasProgram(program)) {
    const where = home === undefined ? 'nvcc is not on the path' : `CUDA_HOME is ${home}, but ${program} is missing`;
    throw new SetupError(`${where}. Install CUDA's toolkit (13 or later), or set CUDA_HOME to its folder.`);
  }
  return program;
}
