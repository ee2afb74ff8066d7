// tinylora doctor: what this machine can run, and why not the rest. Runs in the command line.
import { availableParallelism, freemem, totalmem } from 'node:os';
import type { Command } from 'commander';
import type { DoctorResult } from '../../../contracts/tool-protocol.ts';
import { dataFolder } from '../../core/data-folder.ts';
import type { GpuProbe } from '../../core/gpu-probe.ts';
import { backendOf, deviceToProbe, probeGpu } from '../../core/gpu-probe.ts';
import { runTool, withProgress } from '../engine-tool.ts';
import { cacheFolder, namedPath } from '../options.ts';
import { formatBytes, formatDuration, printJson, printLine, printTable, say } from '../output.ts';

/** A GPU whose kernels are there computes sooner; one that takes longer has them compiled, and someone waits. */
const PATIENCE_MS = 2000;

export function register(program: Command): void {
  program
    .command('doctor')
    .description('Node, native parts, backends and devices, with the reason and remedy for each that does not work')
    .option('--json', 'print JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const native = await runTool('doctor', {});
      const gpuProbe = await tryGpu(native);
      const machine = {
        node: process.version,
        platform: `${process.platform}-${process.arch}`,
        cores: availableParallelism(),
        memoryTotalBytes: totalmem(),
        memoryFreeBytes: freemem(),
        dataFolder: dataFolder(),
      };
      if (json) printJson({ ...machine, ...native, gpuProbe });
      else printReport(machine, native, gpuProbe);
      // Without the addon nothing works; a missing GPU is no failure.
      if (native.addonError !== null) process.exitCode = 1;
    });
}

/** Null where there is no GPU to try. */
async function tryGpu(native: DoctorResult): Promise<GpuProbe | null> {
  const device = deviceToProbe(native);
  if (device === null) return null;
  const folders = { modelPath: await namedPath('builtin:models/chain.gguf'), cacheFolder: cacheFolder() };
  const notice = setTimeout(
    () => say(`Trying ${device}. At first use its driver may compile the kernels for it, once.`),
    PATIENCE_MS,
  );
  try {
    return await withProgress((listener) => probeGpu(device, folders, listener));
  } finally {
    clearTimeout(notice);
  }
}

type Machine = {
  node: string;
  platform: string;
  cores: number;
  memoryTotalBytes: number;
  memoryFreeBytes: number;
  dataFolder: string;
};

function printReport(machine: Machine, native: DoctorResult, gpuProbe: GpuProbe | null): void {
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
  printBackends(native, gpuProbe);
}

function printBackends(native: DoctorResult, gpuProbe: GpuProbe | null): void {
  for (const name of new Set(native.backends.map((backend) => backend.name))) {
    const ofName = native.backends.filter((backend) => backend.name === name);
    const failed = ofName.filter(({ loads }) => !loads);
    const works = ofName.length - failed.length;
    if (gpuProbe !== null && backendOf(gpuProbe.device) === name) printProbe(name, gpuProbe);
    else if (works > 0) printLine(`backend ${name}: works${ofName.length > 1 ? ` (${works} variants)` : ''}`);
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

function printProbe(backend: string, { device, durationMs, reason, remedy, message }: GpuProbe): void {
  if (durationMs !== null) {
    printLine(`backend ${backend}: works (${device} computed a tiny step in ${formatDuration(durationMs)})`);
    return;
  }
  printLine(`backend ${backend}: not usable: ${reason} Remedy: ${remedy}`);
  if (message !== reason) printLine(`  ${message?.replaceAll('\n', '\n  ')}`);
}
