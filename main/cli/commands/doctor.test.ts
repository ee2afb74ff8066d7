// What the command says of a GPU that is listed, through the real command line and real tool processes.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../../..');
const home = mkdtempSync(join(tmpdir(), 'tinylora-doctor-'));
afterAll(() => rmSync(home, { recursive: true }));

/** @param trial what the GPU of test/fixtures/gpu-double.ts does */
async function doctor(trial: string, ...options: string[]): Promise<{ code: number | null; stdout: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'main/cli/tinylora.mjs'), 'doctor', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      TINYLORA_HOME: home,
      GPU_DOUBLE: trial,
      NODE_OPTIONS: `--import ${pathToFileURL(join(ROOT, 'test/fixtures/gpu-double.ts')).href}`,
    },
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  return new Promise((resolved) => child.once('close', (code) => resolved({ code, stdout })));
}

it('says of a GPU whose code the driver refuses that it cannot be used, and why', async () => {
  const { code, stdout } = await doctor('aborts');
  expect(stdout).toMatch(/^backend CUDA: not usable: .*driver 590.* Remedy: Update the driver/m);
  expect(stdout).toContain('compiled with an unsupported toolchain');
  expect(stdout).not.toContain('backend CUDA: works');
  expect(code).toBe(0);
  const report = JSON.parse((await doctor('aborts', '--json')).stdout) as { gpuProbe: unknown };
  expect(report.gpuProbe).toMatchObject({
    device: 'CUDA0',
    durationMs: null,
    reason: expect.stringContaining('driver 590') as string,
  });
});

it('says of one that computes how long it took', async () => {
  expect((await doctor('computes')).stdout).toMatch(/^backend CUDA: works \(CUDA0 computed a tiny step in \d+ s\)$/m);
});
