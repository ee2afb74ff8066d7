import { expect, test } from 'vitest';
import { AdapterConfig } from '../../../contracts/run-config.ts';
import { formatAdapterText, parseAdapterText } from './adapter-text.ts';
import type { TextSpec } from './adapter-text.ts';

const spec = AdapterConfig.parse({ kind: 'tinylora', nTie: 16, targets: ['attn_q', 'ffn_down'] }) as TextSpec;
const adapter = {
  spec,
  modelHash: 'ab'.repeat(32),
  basesFingerprint: 'cd'.repeat(32),
  params: Float32Array.of(0.1, -3e-8),
};

test('returns the same numbers and configuration', () => {
  const line = formatAdapterText(adapter);
  expect(line).toMatch(/^tinylora1:[A-Za-z0-9_=,:+.-]+$/);
  expect(parseAdapterText(` ${line}\n`)).toEqual(adapter);
});

test('refuses a line that was cut off or changed', () => {
  const line = formatAdapterText(adapter);
  expect(() => parseAdapterText(line.slice(0, -1))).toThrow(/cut off or was changed/);
  expect(() => parseAdapterText(line.replace('nTie=16', 'nTie=17'))).toThrow(/cut off or was changed/);
  expect(() => parseAdapterText('tinylora1:')).toThrow(/copy the whole line/);
});
