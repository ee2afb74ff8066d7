// tinylora doctor: what this machine can run, and why not the rest. Runs in the command line.
import { availableParallelism, freemem, totalmem } from 'node:os';
import type { Command } from 'commander';
import type { DoctorResult } from '../../../contracts/tool-protocol.ts';
import { dataFolder } from '../../core/data-folder.ts';
import { runTool } from '../engine-tool.ts';
import { formatBytes, printJson, printLine, printTable } from '../output.ts';

export function register(program: Command): void {
  program
    .command('doctor')
    .description('Node, native parts, backends and devices, with the reason and remedy for each that does not work')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const native = await runTool('doctor', {});
      const machine = {
        node: process.version,
        platform: `${process.platform}-${process.arch}`,
        cores: availableParallelism(),
        memoryTotalBytes: totalmem(),
        memoryFreeBytes: freemem(),
        dataFolder: dataFolder(),
      };
      if (json) printJson({ ...machine, ...native });
      else printReport(machine, native);
      // Without the addon nothing works; a missing GPU is no failure.
      if (native.addonError !== null) process.exitCode = 1;
    });
}

type Machine = {
  node: string;
  platform: string;
  cores: number;
  memoryTotalBytes: number;
  memoryFreeBytes: number;
  dataFolder: string;
};

function printReport(machine: Machine, native: DoctorResult): void {
  const { versions } = native;
  printTable(
    ['what', 'value'],
    [
      ['Node', `${machine.node} (${machine.platform})`],
      ['cores', String(machine.cores)],
      ['memory', `${formatBytes(machine.memoryFreeBytes)} free of ${formatBytes(machine.memoryTotalBytes)}`],
      ['data folder', machine.dataFolder],
      [
        'addon',
        versions
          ? `${versions.addon} (llama.cpp ${versions.llama}, ggml ${versions.ggml})`
          : `fails: ${native.addonError}`,
      ],
    ],
  );
  printLine();
  for (const { name, description, kind, memoryTotalBytes, memoryFreeBytes } of native.devices) {
    printLine(
      `device ${name} (${kind}): ${description}, ${formatBytes(memoryFreeBytes)} free of ${formatBytes(memoryTotalBytes)}`,
    );
  }
  for (const name of new Set(native.backends.map((backend) => backend.name))) {
    const ofName = native.backends.filter((backend) => backend.name === name);
    const failed = ofName.filter(({ loads }) => !loads);
    const works = ofName.length - failed.length;
    if (works > 0) printLine(`backend ${name}: works${ofName.length > 1 ? ` (${works} variants)` : ''}`);
    for (const { file, reason, remedy } of failed) {
      printLine(`backend ${name}${file === null ? '' : ` (${file})`}: not usable: ${reason}. Remedy: ${remedy}.`);
    }
    if (name === 'CUDA' && works > 0) {
      const missing =
        "not built; training and sampling work, but several times slower. Remedy: npm run build:cuda (CUDA's nvcc is needed).";
      printLine(`our own CUDA kernels: ${native.hasOwnKernels ? 'there' : missing}`);
    }
  }
}
