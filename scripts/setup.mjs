// Sets the project up: compilers, npm packages, native part. Runs before every npm command; does only what is missing.
//
//   node scripts/setup.mjs [--quiet] [--app] [--browser] [--cuda]
//
// Needs nothing but Node 20 and its built-ins. --quiet: no line when there was nothing to do. --app: also the bundle that
// the window shows. --browser: also Chromium and a font, which the tests of the window need. --cuda: also ggml's prebuilt
// CUDA backend (190 MB), for machines with an NVIDIA GPU.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from './lib/lock.mjs';
import { hasProgram, repositoryRoot, run, runMain, runNpm, SetupError, timed } from './lib/process.mjs';

/** Programs that the build starts, and what brings them: Debian's packages, or how other systems install them. */
const REQUIRED_PROGRAMS = {
  linux: { 'g++': 'g++', cmake: 'cmake', git: 'git', make: 'make' },
  darwin: { cmake: 'cmake', git: 'git', make: 'make' },
  // Its compiler is found by CMake, and its absence is told by the build.
  win32: { cmake: 'cmake', git: 'git' },
}[process.platform] ?? { cmake: 'cmake', git: 'git' };
const REMEDIES = {
  darwin: 'xcode-select --install (compiler, git, make) and Homebrew (cmake)',
  win32: 'winget install Kitware.CMake Git.Git',
};
const BROWSER_PROGRAMS = { chromium: 'chromium fonts-dejavu-core' };

runMain(() => {
  const startMs = Date.now();
  refuseOldNode();
  const wants = (flag) => process.argv.includes(flag);
  installPrograms(wants('--browser') ? { ...REQUIRED_PROGRAMS, ...BROWSER_PROGRAMS } : REQUIRED_PROGRAMS);
  withLock(join(repositoryRoot, 'build', '.setup-lock'), installPackages);
  // With the packages' own Node where there is one, so that set-up and use agree.
  run(process.execPath, [join(repositoryRoot, 'scripts', 'build-native.mjs')], { show: true });
  if (wants('--cuda')) installCuda();
  if (wants('--app')) run(process.execPath, [join(repositoryRoot, 'scripts', 'build-app.mjs')], { show: true });
  if (!wants('--quiet')) {
    process.stderr.write(`set-up: ready after ${((Date.now() - startMs) / 1000).toFixed(1)} s\n`);
  }
});

function refuseOldNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) {
    throw new SetupError(`Node ${process.versions.node} is too old for the set-up; install Node 20 or later.`);
  }
}

/** Installs missing programs where that is allowed (Debian, root); otherwise names them and how to get them. */
function installPrograms(required) {
  const missing = Object.keys(required).filter((name) => !hasProgram(name));
  if (missing.length === 0) return;
  const packages = missing.map((name) => required[name]).join(' ');
  const isRootOnDebian = existsSync('/etc/debian_version') && process.getuid?.() === 0;
  if (!isRootOnDebian) {
    const remedy = existsSync('/etc/debian_version')
      ? `sudo apt-get install ${packages}`
      : (REMEDIES[process.platform] ?? 'your package manager');
    throw new SetupError(`Missing: ${missing.join(', ')}. Install with ${remedy}, then run the command again.`);
  }
  timed(`installing ${packages} with apt-get`, () => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update', '--quiet'], { env });
    run('apt-get', ['install', '--yes', '--quiet', '--no-install-recommends', ...packages.split(' ')], { env });
  });
}

/** `npm ci` where node_modules does not belong to the package files as they are now. */
function installPackages() {
  const stampFile = join(repositoryRoot, 'node_modules', '.tinylora-setup');
  const stamp = packageStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  timed('npm packages: installing', () => {
    runNpm(['ci', '--strict-allow-scripts', '--no-audit', '--no-fund', '--loglevel', 'error'], {
      env: npmEnvironment(),
    });
    writeFileSync(stampFile, stamp);
  });
  checkRuntime();
}

/** ggml's CUDA backend beside the packages, where `backendDir` of the engine looks first. */
function installCuda() {
  if (process.platform === 'win32' && process.arch === 'x64') {
    process.stderr.write('CUDA backend: on Windows it comes with the npm packages.\n');
    return;
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(`The prebuilt CUDA backend is for Linux x64, not ${process.platform} ${process.arch}.`);
  }
  const folder = join(repositoryRoot, 'native', 'cuda');
  timed('CUDA backend: installing (190 MB)', () => {
    runNpm(['ci', '--no-audit', '--no-fund', '--loglevel', 'error'], { cwd: folder, env: npmEnvironment() });
  });
  process.stderr.write('`npm run -s tinylora -- doctor` says whether this machine can use it, and what is missing.\n');
}

/** The packages' Node, or the one that runs, must be able to load better-sqlite3 and the addon (Node-API 10). */
function checkRuntime() {
  const node = join(repositoryRoot, 'node_modules', '.bin', 'node');
  const program = existsSync(node) ? node : process.execPath;
  const version = run(program, ['-p', 'process.versions.napi + " " + process.version']).trim().split(' ');
  if (Number(version[0]) < 10) {
    throw new SetupError(
      `The commands need Node 22.14 or later, but ${program} is ${version[1]} and npm brought none for ` +
        `${process.platform} ${process.arch}. Install Node 24 and run the command again.`,
    );
  }
}

/** Without what an outer npm passes down: its settings are about the command that called, not about this install. */
function npmEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^npm_(package|lifecycle|command)/.test(key)),
  );
}

function packageStamp() {
  const hash = createHash('sha256');
  for (const name of ['package.json', 'package-lock.json', '.npmrc', join('native', 'none', 'package.json')]) {
    hash.update(readFileSync(join(repositoryRoot, name)));
  }
  return hash.update(`${process.platform} ${process.arch}`).digest('hex');
}
