// What the window calls the phase of a run. Runs under vitest.
import i18next from 'i18next';
import { beforeAll, expect, it } from 'vitest';
import { COMPILING_PHASE } from '../../../contracts/engine-protocol.ts';
import { en } from '../../i18n/en/index.ts';
import { zh } from '../../i18n/zh/index.ts';
import { phaseText } from './Headline.tsx';

beforeAll(async () => {
  await i18next.init({ resources: { en, zh } });
});

it('explains the compiling of kernels, and leaves the words of the engine as they are', () => {
  const t = i18next.getFixedT('en', 'run');
  expect(phaseText(t, { name: COMPILING_PHASE, done: 12 })).toBe(
    'compiling kernels for this GPU (first use, 12 so far)',
  );
  expect(phaseText(t, { name: 'sample', done: 12 })).toBe('sample');
  expect(phaseText(i18next.getFixedT('zh', 'run'), { name: COMPILING_PHASE, done: 12 })).toMatch(/编译.*12/);
});
