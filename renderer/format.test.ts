// Numbers read the same everywhere and as the design says. Runs under vitest.
import { describe, expect, it } from 'vitest';
import {
  formatCount,
  formatDifference,
  formatDuration,
  formatEstimate,
  formatFileSize,
  formatMeasure,
  formatMemory,
  formatMemoryOf,
  formatRate,
  formatRateHalfWidth,
  formatRateInterval,
  formatSetting,
  formatShortCount,
  formatTime,
  fullPrecision,
} from './format.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

describe('rates', () => {
  it('have a decimal from 200 observations on', () => {
    expect(formatRate(0.541, 512)).toBe('54.1%');
    expect(formatRate(0.541, 200)).toBe('54.1%');
    expect(formatRate(0.541, 199)).toBe('54%');
    expect(formatRate(1, 512)).toBe('100.0%');
  });
  it('tell missing from NaN', () => {
    expect(formatRate(null, 512)).toBe('–');
    expect(formatRate(undefined, 512)).toBe('–');
    expect(formatRate(NaN, 512)).toBe('NaN');
  });
  it('have intervals and half widths', () => {
    expect(formatRateInterval(0.498, 0.584, 512)).toBe('[49.8, 58.4]');
    expect(formatRateInterval(-0.01, 0.584, 512)).toBe('[−1.0, 58.4]');
    expect(formatRateHalfWidth(0.039, 512)).toBe('±3.9');
    expect(formatRateHalfWidth(Infinity, 512)).toBe('±∞');
  });
  it('have differences with a sign and a true minus', () => {
    expect(formatDifference(0.228, 512)).toBe('+22.8 pt');
    expect(formatDifference(-0.228, 512)).toBe('−22.8 pt');
    expect(formatDifference(0, 512)).toBe('0.0 pt');
    expect(formatDifference(-0.0001, 512)).toBe('0.0 pt');
  });
});

describe('settings', () => {
  it('are short and exact', () => {
    expect([0.03, 0.001, 0.0005, 1e-8, 64, 0, -0.5].map(formatSetting)).toEqual([
      '0.03',
      '0.001',
      '5e-4',
      '1e-8',
      '64',
      '0',
      '−0.5',
    ]);
  });
  it('equal where the numbers are, differ where they do', () => {
    expect(formatSetting(5e-4)).toBe(formatSetting(0.0005));
    expect(formatSetting(1e-6)).not.toBe(formatSetting(2e-6));
    expect(formatSetting(0.30000000000000004)).not.toBe(formatSetting(0.3));
  });
});

describe('measures', () => {
  it('have three significant digits, an exponent under 0.001', () => {
    expect([0.41234, 2.1e-4, 2.123e-4, 12.345, 123.45, 0.001, 0].map((value) => formatMeasure(value))).toEqual([
      '0.412',
      '2.1e-4',
      '2.12e-4',
      '12.3',
      '123',
      '0.00100',
      '0',
    ]);
    expect(formatMeasure(-0.21)).toBe('−0.210');
    expect(formatMeasure(48212)).toBe('48,212');
    expect(formatMeasure(NaN)).toBe('NaN');
    expect(formatMeasure(-Infinity)).toBe('−∞');
  });
});

describe('counts', () => {
  it('are in full in tables, short on axes', () => {
    expect(formatCount(2442240)).toBe('2,442,240');
    expect([840, 10_000, 2_442_240, 134_500_000, 7_600_000_000, 13].map(formatShortCount)).toEqual([
      '840',
      '10k',
      '2.4M',
      '134.5M',
      '7.6B',
      '13',
    ]);
  });
  it('never write 1000k', () => {
    expect(formatShortCount(999_960)).toBe('1M');
    expect(formatShortCount(999.96)).toBe('1k');
    expect(formatShortCount(0.001)).toBe('0.001');
  });
});

describe('sizes', () => {
  it('are decimal for files, binary for memory', () => {
    expect(formatFileSize(4_700_000_000)).toBe('4.7 GB');
    expect(formatFileSize(840_000_000)).toBe('840 MB');
    expect(formatFileSize(52)).toBe('52 bytes');
    expect(formatFileSize(1)).toBe('1 byte');
    expect(formatFileSize(999_999)).toBe('1.0 MB');
    expect(formatMemory(7.1 * 1024 ** 3)).toBe('7.1 GiB');
    expect(formatMemory(NaN)).toBe('NaN');
    expect(formatMemoryOf(7.1 * 1024 ** 3, 24 * 1024 ** 3)).toBe('7.1/24.0 GiB');
    expect(formatMemoryOf(512 * 1024 ** 2, 2 * 1024 ** 3)).toBe('0.5/2.0 GiB');
    expect(formatMemoryOf(NaN, 24 * 1024 ** 3)).toBe('NaN / 24.0 GiB');
  });
});

describe('durations', () => {
  it('change units where people do', () => {
    expect(
      [200, 4_300, 44_000, 3 * MINUTE_MS + 44_000, HOUR_MS + 5 * MINUTE_MS, 51 * HOUR_MS].map(formatDuration),
    ).toEqual(['200 ms', '4.3 s', '44 s', '3 min 44 s', '1 h 05 min', '2 d 03 h']);
  });
  it('never write 60 s or 60 min', () => {
    for (const ms of [59_499, 59_500, 59_999, 60_000]) expect(formatDuration(ms)).not.toContain('60 s');
    for (const ms of [HOUR_MS - 501, HOUR_MS - 1, HOUR_MS + 59.9 * MINUTE_MS]) {
      expect(formatDuration(ms)).not.toMatch(/\b60 (min|s)/);
    }
  });
  it('say that they are estimates, and are rounded', () => {
    expect(formatEstimate(41 * MINUTE_MS + 13_000)).toBe('~41 min');
    expect(formatEstimate(4 * MINUTE_MS + 18_000)).toBe('~4 min 20 s');
    expect(formatEstimate(65 * MINUTE_MS)).toBe('~1 h 05 min');
    expect(formatEstimate(null)).toBe('–');
  });
});

describe('times', () => {
  const nowMs = new Date(2026, 10, 13, 15, 0).getTime();
  it('are relative under a day', () => {
    expect(formatTime(nowMs - 2 * HOUR_MS, nowMs, 'en')).toBe('2 hr. ago');
    expect(formatTime(nowMs - 5 * MINUTE_MS, nowMs, 'zh')).toBe('5分钟前');
  });
  it('are dates after that, with the year where it is another', () => {
    expect(formatTime(new Date(2026, 10, 12, 14, 2).getTime(), nowMs, 'en')).toBe('12 Nov 14:02');
    expect(formatTime(new Date(2025, 10, 12, 14, 2).getTime(), nowMs, 'en')).toBe('12 Nov 2025 14:02');
  });
});

it('copies give every digit back', () => {
  for (const value of [0.1 + 0.2, 1e-300, 123456789.123, NaN]) expect(Number(fullPrecision(value))).toBe(value);
  expect(fullPrecision(null)).toBe('');
});
