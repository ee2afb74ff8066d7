import { expect, test } from 'vitest';
import type { PassResult, SequenceGroup } from '../../../native/binding/index.d.ts';
import { checkGradient, extrapolate } from './grad-check.ts';

/** Half of exp(1 + bend·h) − exp(1 − bend·h), whose slope is bend·e. */
function risesOf(bend: number, roundingTo: (value: number) => number) {
  const valueAt = (h: number) => roundingTo(Math.exp(1 + bend * h));
  return (h: number) => Promise.resolve({ h, rise: (valueAt(h) - valueAt(-h)) / 2 });
}

test.each([0.1, 1, 10])('extrapolation removes truncation error where the loss bends %d-fold', async (bend) => {
  const slope = await extrapolate(
    risesOf(bend, (value) => value),
    0.5,
  );
  expect(Math.abs(slope / (bend * Math.E) - 1)).toBeLessThan(1e-8);
});

test.each([0.1, 1, 10])('extrapolation bears float32 rounding where the loss bends %d-fold', async (bend) => {
  const slope = await extrapolate(risesOf(bend, Math.fround), 0.5);
  expect(Math.abs(slope / (bend * Math.E) - 1)).toBeLessThan(5e-6);
});

test('a loss that is no number is refused', async () => {
  await expect(
    extrapolate(
      risesOf(1, () => NaN),
      0.5,
    ),
  ).rejects.toThrow('not a finite number');
});

/** A model of two numbers whose only scored log-prob is −(a³ + 2b); its gradient is given by hand. */
function cubicSession(gradientOf: (a: number) => number[]) {
  let params = Float32Array.of(0.5, -1);
  const group: SequenceGroup = {
    prefix: Int32Array.of(0, 1),
    prefixWeights: Float32Array.of(0, 1),
    suffixes: [],
    suffixWeights: [],
  };
  const session = {
    params: () => params.slice(),
    setParams: (next: Float32Array) => {
      params = Float32Array.from(next);
      return Promise.resolve();
    },
    pass: (): Promise<PassResult> => {
      const [a = 0, b = 0] = params;
      const prefixLogprobs = Float32Array.of(NaN, -(a ** 3 + 2 * b));
      return Promise.resolve({
        loss: 0,
        groups: [{ prefixLogprobs, prefixEntropy: null, suffixLogprobs: [], suffixEntropy: [] }],
        tokensComputed: 2,
      });
    },
    zeroGrad: () => undefined,
    gradient: () => Float64Array.from(gradientOf(params[0] ?? 0)),
  };
  return { session, groups: [group] };
}

const options = { temperature: 1, everyCoordinate: true, nameOf: (index: number) => `x${index}` };
const context = { progress: () => undefined, warn: () => undefined };

test('a right gradient passes and the parameters are put back', async () => {
  const { session, groups } = cubicSession((a) => [3 * a * a, 2]);
  const check = await checkGradient(session, groups, options, context);
  expect(check.coordinates.checked).toBe(2);
  expect(check.coordinates.worstError).toBeLessThan(1e-4);
  expect([...session.params()]).toEqual([0.5, -1]);
});

test('a wrong coordinate is found and named', async () => {
  const { session, groups } = cubicSession((a) => [3 * a * a * 1.01, 2]);
  const { coordinates } = await checkGradient(session, groups, options, context);
  expect(coordinates.worstParameter).toBe('x0');
  expect(coordinates.worstError).toBeCloseTo(0.01 / 1.01, 3);
});

test('directions see an error that coordinates may miss', async () => {
  const { session, groups } = cubicSession((a) => [3 * a * a, 2.1]);
  const check = await checkGradient(session, groups, { ...options, everyCoordinate: false }, context);
  expect(check.directions?.worstError).toBeGreaterThan(0.02);
});
