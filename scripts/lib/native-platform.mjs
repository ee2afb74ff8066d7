// Which prebuilt ggml belongs to a system, and how its files are called there. Set-up scripts; built-ins only.
import { SetupError } from './process.mjs';

/** What node-llama-cpp calls the systems, and the names of its CPU packages where they hold a GPU backend, too. */
const SYSTEM_NAMES = { linux: 'linux', darwin: 'mac', win32: 'win' };
const WITH_GPU = { 'mac-arm64': 'mac-arm64-metal' };

/**
 * The package `@node-llama-cpp/<packageName>` for a system, and the names of its libraries.
 * @param {string} platform as `process.platform`
 * @param {string} arch as `process.arch`
 * @param {string} llamaVersion llama.cpp's release, without the v
 * @returns {{ packageName: string, ggmlLibraries: string[], llamaLibrary: string, librarySuffix: string }}
 *   ggmlLibraries: libggml and libggml-base; llamaLibrary: the one without our patches, which benchmarks compare with.
 */
export function nativePlatform(platform, arch, llamaVersion) {
  const system = SYSTEM_NAMES[platform];
  if (!system || !['x64', 'arm64'].includes(arch)) {
    throw new SetupError(
      `The native part builds on Linux, macOS and Windows (x64, arm64), not on ${platform} ${arch}. ` +
        'Use one of those systems.',
    );
  }
  const packageName = WITH_GPU[`${system}-${arch}`] ?? `${system}-${arch}`;
  const prefix = system === 'win' ? '' : 'lib';
  const librarySuffix = { linux: '.so', mac: '.dylib', win: '.dll' }[system];
  // Those of the GPU packages carry the backend's name: libggml.metal.v0.4.0.dylib.
  const variant = packageName.endsWith('-metal') ? '.metal' : '';
  const versioned = (name) => `${prefix}${name}${variant}.v${llamaVersion}${librarySuffix}`;
  return {
    packageName,
    ggmlLibraries: [versioned('ggml'), `${prefix}ggml-base${librarySuffix}`],
    llamaLibrary: versioned('llama'),
    librarySuffix,
  };
}
