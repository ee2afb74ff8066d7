// Names of the prebuilt packages and their libraries, by system, and that the engine looks into the same packages.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { backendPackage } from '../../main/engine/backend-packages.ts';
import { nativePlatform } from './native-platform.mjs';

const PACKAGES = join(import.meta.dirname, '..', '..', 'node_modules');
const SYSTEMS = ['linux', 'darwin', 'win32'].flatMap((platform) =>
  ['x64', 'arm64'].map((arch) => [platform, arch] as const),
);

describe('nativePlatform', () => {
  it('names the libraries as the packages of each system do', () => {
    expect(nativePlatform('linux', 'x64', '0.4.0')).toEqual({
      packageName: 'linux-x64',
      ggmlLibraries: ['libggml.v0.4.0.so', 'libggml-base.so'],
      llamaLibrary: 'libllama.v0.4.0.so',
      librarySuffix: '.so',
    });
    expect(nativePlatform('darwin', 'arm64', '0.4.0')).toEqual({
      packageName: 'mac-arm64-metal',
      ggmlLibraries: ['libggml.metal.v0.4.0.dylib', 'libggml-base.dylib'],
      llamaLibrary: 'libllama.metal.v0.4.0.dylib',
      librarySuffix: '.dylib',
    });
    expect(nativePlatform('darwin', 'x64', '0.4.0').ggmlLibraries).toEqual([
      'libggml.v0.4.0.dylib',
      'libggml-base.dylib',
    ]);
    expect(nativePlatform('win32', 'x64', '0.4.0')).toEqual({
      packageName: 'win-x64',
      ggmlLibraries: ['ggml.v0.4.0.dll', 'ggml-base.dll'],
      llamaLibrary: 'llama.v0.4.0.dll',
      librarySuffix: '.dll',
    });
  });

  it('finds the libraries that are installed here', () => {
    const info = readFileSync(join(PACKAGES, 'node-llama-cpp', 'llama', 'llama.cpp.info.json'), 'utf8');
    const version = (JSON.parse(info) as { tag: string }).tag.replace(/^v/, '');
    const { packageName, ggmlLibraries, llamaLibrary } = nativePlatform(process.platform, process.arch, version);
    for (const name of [...ggmlLibraries, llamaLibrary]) {
      const file = join(PACKAGES, '@node-llama-cpp', packageName, 'bins', packageName, name);
      expect(existsSync(file), file).toBe(true);
    }
  });

  it.each(SYSTEMS)('builds with the package in which the engine finds the CPU on %s %s', (platform, arch) => {
    expect(nativePlatform(platform, arch, '0.4.0').packageName).toBe(backendPackage('cpu', platform, arch));
  });

  it.each(SYSTEMS)('knows packages that node-llama-cpp has for %s %s', (platform, arch) => {
    const manifest = readFileSync(join(PACKAGES, 'node-llama-cpp', 'package.json'), 'utf8');
    const { optionalDependencies } = JSON.parse(manifest) as { optionalDependencies: Record<string, string> };
    for (const device of ['cpu', 'gpu'] as const) {
      const name = backendPackage(device, platform, arch);
      if (name !== null) expect(optionalDependencies).toHaveProperty([`@node-llama-cpp/${name}`]);
    }
  });

  it('refuses other systems', () => {
    expect(() => nativePlatform('freebsd', 'x64', '0.4.0')).toThrow('not on freebsd x64');
    expect(() => nativePlatform('linux', 'arm', '0.4.0')).toThrow('not on linux arm');
    expect(backendPackage('cpu', 'freebsd', 'x64')).toBeNull();
  });
});
