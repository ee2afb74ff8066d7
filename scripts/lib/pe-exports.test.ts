// Exports of a real DLL, and the module-definition file made of what ggml's exports look like.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { definitionFile, readExports } from './pe-exports.mjs';

const PREBUILDS = join(import.meta.dirname, '..', '..', 'node_modules', 'better-sqlite3', 'prebuilds');
const C_NAMES = /^(ggml|gguf)_\w+$/;

describe('readExports', () => {
  it.each(['win32-x64.node', 'win32-arm64.node'])('reads the exports of %s', (name) => {
    const exports = readExports(readFileSync(join(PREBUILDS, name)), name);
    expect(exports.filter(({ name }) => /^(napi|node_api)_/.test(name))).toEqual([
      { name: 'napi_register_module_v1', isCode: true },
      { name: 'node_api_module_get_api_version_v1', isCode: true },
    ]);
  });

  it('refuses what is no DLL, naming it', () => {
    const library = readFileSync(join(PREBUILDS, 'linux-x64.node'));
    expect(() => readExports(library, 'linux-x64.node')).toThrow('linux-x64.node is not a 64-bit DLL');
    expect(() => readExports(Buffer.alloc(10), 'short.dll')).toThrow('short.dll is not a 64-bit DLL');
    const damaged = Buffer.from(readFileSync(join(PREBUILDS, 'win32-x64.node')));
    damaged.writeUInt32LE(0x7fffffff, damaged.readUInt32LE(60) + 24 + 112);
    expect(() => readExports(damaged, 'damaged.dll')).toThrow('damaged.dll is damaged: no section holds');
  });
});

describe('definitionFile', () => {
  // From ggml.v0.4.0.dll, which exports all its symbols.
  const exports = [
    '??$?0$$V@?$_Compressed_pair@Udl_handle_deleter@@PEAUHINSTANCE__@@$00@std@@QEAA@U_Zero_then_variadic_args_t@1@@Z',
    '?load_backend@ggml_backend_registry@@QEAAPEAUggml_backend_reg@@AEBVpath@filesystem@std@@_N@Z',
    '_Avx2WmemEnabledWeakValue',
    'ggml_backend_dev_by_name',
    'ggml_backend_load_all_from_path',
    'wmemcpy',
  ].map((name) => ({ name, isCode: true }));

  it('has the C functions only, and the DLL by its whole name', () => {
    expect(definitionFile('ggml.v0.4.0.dll', exports, C_NAMES)).toBe(
      'LIBRARY "ggml.v0.4.0.dll"\nEXPORTS\n    ggml_backend_dev_by_name\n    ggml_backend_load_all_from_path\n',
    );
  });

  it('marks variables', () => {
    const text = definitionFile('ggml.dll', [{ name: 'ggml_table', isCode: false }], C_NAMES);
    expect(text).toContain('    ggml_table DATA\n');
  });

  it('refuses a DLL without them', () => {
    expect(() => definitionFile('other.dll', exports.slice(0, 3), C_NAMES)).toThrow('other.dll exports nothing');
  });
});
