// The folders' import rules hold, and bite: one violation of each is planted in a copy of the layout and must be found.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const repositoryRoot = join(import.meta.dirname, '..');
const bin = (name: string) => join(repositoryRoot, 'node_modules', '.bin', name);

const CruiseReport = z.object({
  summary: z.object({
    totalCruised: z.number(),
    violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })),
  }),
  modules: z.array(z.object({ source: z.string() })),
});

function cruise(folder: string, ...roots: string[]): z.infer<typeof CruiseReport> {
  const config = join(repositoryRoot, '.dependency-cruiser.cjs');
  const { stdout } = spawnSync(bin('depcruise'), ['--config', config, '--output-type', 'json', ...roots], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return CruiseReport.parse(JSON.parse(stdout));
}

/** A rule, the file that breaks it, and what it imports. */
const PLANTED: [rule: string, file: string, specifier: string][] = [
  ['contracts-zod-only', 'contracts/planted.ts', 'node:fs'],
  ['contracts-zod-only', 'contracts/planted-upward.ts', '../main/core/target.ts'],
  ['core-imports', 'main/core/planted-store.ts', '../store/target.ts'],
  ['core-imports', 'main/core/planted-engine.ts', '../engine/target.ts'],
  ['core-no-sockets', 'main/core/planted-ws.ts', 'ws'],
  ['core-no-sockets', 'main/core/planted-http.ts', 'node:http'],
  ['core-no-sockets', 'main/core/planted-sqlite.ts', 'better-sqlite3'],
  ['sqlite-in-store-only', 'main/host/planted-sqlite.ts', 'better-sqlite3'],
  ['electron-in-shell-only', 'main/cli/planted-electron.ts', 'electron'],
  ['addon-in-engine-only', 'main/host/planted-native.ts', '../../native/binding/target.ts'],
  ['engine-no-second-llama', 'main/engine/planted-llama.ts', 'node-llama-cpp'],
  ['engine-no-second-llama', 'main/host/planted-llama.ts', 'node-llama-cpp'],
  ['library-imports', 'main/library/planted-engine.ts', '../engine/target.ts'],
  ['engine-imports', 'main/engine/planted-store.ts', '../store/target.ts'],
  ['host-imports', 'main/host/planted-engine.ts', '../engine/target.ts'],
  ['host-imports', 'main/host/planted-cli.ts', '../cli/target.ts'],
  ['cli-imports', 'main/cli/planted-engine.ts', '../engine/target.ts'],
  ['cli-imports', 'main/cli/planted-store.ts', '../store/target.ts'],
  ['client-imports', 'main/client/planted-host.ts', '../host/target.ts'],
  ['electron-imports', 'main/electron/planted-store.ts', '../store/target.ts'],
  ['preload-imports', 'preload/planted-core.ts', '../main/core/target.ts'],
  ['store-imports', 'main/store/planted-host.ts', '../host/target.ts'],
  ['renderer-imports', 'renderer/planted-core.ts', '../main/core/target.ts'],
  ['renderer-no-node', 'renderer/planted-node.tsx', 'node:fs'],
  ['echarts-in-charts-only', 'renderer/features/home/planted-echarts.tsx', 'echarts/core'],
  ['features-apart', 'renderer/features/home/planted-feature.ts', '../runs/target.ts'],
  ['no-development-packages', 'main/host/planted-dev.ts', 'typescript'],
  ['resolvable', 'main/host/planted-missing.ts', './missing.ts'],
];
const TARGET_FOLDERS = [
  'main/core',
  'main/store',
  'main/engine',
  'main/host',
  'main/client',
  'main/cli',
  'native/binding',
  'renderer/features/runs',
];

describe('import rules', () => {
  let planted = '';
  beforeAll(() => {
    // Inside the repository, so that npm packages resolve.
    mkdirSync(join(repositoryRoot, 'build'), { recursive: true });
    planted = mkdtempSync(join(repositoryRoot, 'build', 'planted-'));
    const write = (file: string, text: string) => {
      mkdirSync(dirname(join(planted, file)), { recursive: true });
      writeFileSync(join(planted, file), text);
    };
    for (const name of ['package.json', 'tsconfig.base.json']) {
      write(name, readFileSync(join(repositoryRoot, name), 'utf8'));
    }
    for (const folder of TARGET_FOLDERS) write(`${folder}/target.ts`, 'export const target = 1;\n');
    for (const [, file, specifier] of PLANTED)
      write(file, `import * as planted from '${specifier}';\nexport { planted };\n`);
    write('main/core/circle-a.ts', `import { b } from './circle-b.ts';\nexport const a = () => b;\n`);
    write('main/core/circle-b.ts', `import { a } from './circle-a.ts';\nexport const b = () => a;\n`);
  });
  afterAll(() => rmSync(planted, { recursive: true, force: true }));

  it('hold for every tracked source file', () => {
    const report = cruise(repositoryRoot, 'contracts', 'main', 'preload', 'renderer');
    expect(report.summary.violations).toEqual([]);
    const cruised = new Set(report.modules.map((module) => module.source));
    const tracked = execFileSync(
      'git',
      ['ls-files', 'contracts/*.ts', 'main/*.ts', 'main/*.mjs', 'preload/*.ts', 'renderer/*.ts', 'renderer/*.tsx'],
      {
        cwd: repositoryRoot,
        encoding: 'utf8',
      },
    );
    const missing = tracked
      .trim()
      .split('\n')
      .filter((file) => !cruised.has(file));
    expect(missing, 'files that no rule was applied to').toEqual([]);
    expect(report.summary.totalCruised).toBeGreaterThan(100);
  });

  it('find each planted violation', () => {
    const { violations } = cruise(planted, 'contracts', 'main', 'preload', 'renderer').summary;
    const found = new Set(violations.map((violation) => `${violation.rule.name} ${violation.from}`));
    expect(PLANTED.map(([rule, file]) => `${rule} ${file}`).filter((expected) => !found.has(expected))).toEqual([]);
    expect(found).toContain('no-cycles main/core/circle-a.ts');
  });

  it('are held by the project references of TypeScript, too', () => {
    const config = {
      extends: join(repositoryRoot, 'tsconfig.base.json'),
      compilerOptions: { outDir: './types', rootDir: repositoryRoot },
      files: ['./reference.ts'],
      references: [{ path: join(repositoryRoot, 'contracts') }],
    };
    writeFileSync(join(planted, 'reference.ts'), `export { openStore } from '../../main/store/store.ts';\n`);
    writeFileSync(join(planted, 'tsconfig.reference.json'), JSON.stringify(config));
    const { stdout, status } = spawnSync(bin('tsc'), ['-p', join(planted, 'tsconfig.reference.json')], {
      encoding: 'utf8',
    });
    expect(status).not.toBe(0);
    expect(stdout).toContain('TS6307');
  });

  it('leave the addon to main/engine/native.ts', () => {
    const grep = spawnSync('git', ['grep', '--untracked', '-l', '-F', 'tinylora.node', '--', 'main'], {
      cwd: repositoryRoot,
      encoding: 'utf8',
    });
    const loaders = grep.stdout
      .trim()
      .split('\n')
      .filter((file) => !/\.test\.ts$|\.md$/.test(file));
    expect(loaders).toEqual(['main/engine/native.ts']);
  });
});
