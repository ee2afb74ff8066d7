// `npm run smoke:electron -- [--electron PATH]`: the real app in a real Electron, with a real host and a training run. Writes
// pictures to build/smoke/ and ends with `N passed, N failed, N skipped`. Without Electron's program it is skipped.
//
// Electron before 22 has no utility process: the shell then runs on test/electron-legacy, which stands in for what came later.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { electronBinary } from './lib/electron-binary.mjs';
import { screen } from './lib/electron-app.mjs';
import { prepareApp } from './lib/smoke-build.mjs';
import { SMOKE_CHECKS } from './lib/smoke-checks.mjs';
import { repositoryRoot } from './lib/process.mjs';
import { closingLine } from './lib/test-counts.mjs';

const OUTPUT = join(repositoryRoot, 'build', 'smoke');
const FIRST_WITH_UTILITY_PROCESS = 22;

const { values } = parseArgs({ options: { electron: { type: 'string' } } });
const program = values.electron === undefined ? electronBinary() : resolve(values.electron);
if (program === null || !existsSync(program)) {
  console.log(
    `Skipped: ${program ?? 'Electron’s program'} is not there. npx install-electron brings it; or name one with --electron PATH.`,
  );
  finish({ passed: 0, failed: 0, skipped: 1 });
} else {
  finish(await smoke(program));
}

function finish(counts) {
  console.log(closingLine(counts));
  process.exitCode = counts.failed > 0 ? 1 : 0;
}

/** As the file beside the program says; it is newer than all we know where there is none. */
function electronVersion(path) {
  const file = join(dirname(path), 'version');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().replace(/^v/, '') : 'of unknown version';
}

async function smoke(path) {
  const version = electronVersion(path);
  const isLegacy = Number.parseInt(version, 10) < FIRST_WITH_UTILITY_PROCESS;
  console.log(`Electron ${version}${isLegacy ? ', with test/electron-legacy for what came later' : ''}: ${path}`);
  mkdirSync(OUTPUT, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'tinylora-smoke-'));
  const display = await screen();
  const context = {
    program: path,
    appFolder: await prepareApp(isLegacy),
    folder,
    display: display.display,
    picture: (name, content) => writeFileSync(join(OUTPUT, `${name}.png`), content),
  };
  const counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    for (const [name, check] of SMOKE_CHECKS) {
      // Each goes on where the one before left the app.
      if (counts.failed > 0) {
        counts.skipped += 1;
        continue;
      }
      try {
        await check(context);
        if (context.app.uncaught !== null) throw new Error(context.app.uncaught);
        counts.passed += 1;
        console.log(`✓ ${name}`);
      } catch (error) {
        counts.failed += 1;
        console.log(`✗ ${name}: ${error.stack}\n${context.app?.output.slice(-2000) ?? ''}`);
      }
    }
  } finally {
    context.client?.close();
    context.app?.kill();
    display.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
  console.log(`Pictures: ${OUTPUT}`);
  return counts;
}
