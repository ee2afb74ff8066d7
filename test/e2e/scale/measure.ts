// How the benchmark measures: times until something is drawn, frames, and what either costs page and host.
import type { Locator, Page } from 'playwright-core';
import { PAGES_LOADED } from '../../../renderer/app/load-pages.ts';
import type { StudioWindow } from '../studio.ts';
import { PageTrace } from './page-trace.ts';
import type { ProbedStudio } from './probed-studio.ts';

export interface Figure {
  name: string;
  /** Of a clock: frames, or repeats. */
  wallMs: number[];
  /** Processor time of the page's main thread for each of them. */
  mainMs: number[];
  /** Of all of them. */
  longestTaskMs: number;
  /** Processor time of drawing pixels without a graphics card, for each of them on average. */
  rasterMs: number;
  /** How long the host's event loop stood still: by the clock, and computing. */
  hostBlockedMs: number;
  hostBlockedCpuMs: number;
  /** Of the design, for the clock; null: reported. */
  budgetMs: number | null;
}

interface Measured {
  wallMs: number[];
  /** Where it is by frame; else one number for all. */
  mainMs: number[];
  longestTaskMs: number;
  rasterMs: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

export const WAIT_MS = 60_000;
const QUIET_MS = 400;

/** Waits until the page has had nothing to do for a while. */
async function quiet(page: Page): Promise<void> {
  await page.evaluate(async (quietMs) => {
    const longest = 30;
    for (let restMs = quietMs; restMs > 0;) {
      const before = performance.now();
      await new Promise((resolve) => setTimeout(resolve, longest));
      const elapsed = performance.now() - before;
      restMs = elapsed > 2 * longest ? quietMs : restMs - elapsed;
    }
  }, QUIET_MS);
}

/** What a page shows once it is ready. */
export interface Sign {
  selector: string;
  /** Of one element's text. */
  text?: RegExp;
  /** So many elements at least; 1 where it is left out. */
  count?: number;
}

/** The page's own time of the frame in which the sign is there: a question from outside would come too late. */
export async function appears(page: Page, { selector, text, count = 1 }: Sign): Promise<number> {
  const handle = await page.waitForFunction(
    ([query, pattern, least]) => {
      const found = [...document.querySelectorAll(query)].filter(({ textContent }) =>
        new RegExp(pattern).test(textContent),
      );
      return found.length >= least && performance.now();
    },
    [selector, text?.source ?? '', count] as const,
  );
  return Number(await handle.jsonValue());
}

/**
 * Milliseconds between `act` and the frame of `ready`, and what they cost.
 * @param act answers the page's own time at which it began
 * @param ready answers the page's own time at which it had happened
 */
export async function timed(page: Page, act: () => Promise<number>, ready: () => Promise<number>): Promise<Measured> {
  await quiet(page);
  const trace = await PageTrace.start(page);
  const startMs = await act();
  const wallMs = (await ready()) - startMs;
  const { mainMs, longestTaskMs, rasterMs } = await trace.end();
  return { wallMs: [wallMs], mainMs: [mainMs], longestTaskMs, rasterMs };
}

/** Clicks, and answers the page's own time. */
export function clicked(button: Locator): Promise<number> {
  return button.evaluate((element) => {
    const startMs = performance.now();
    (element as HTMLElement).click();
    return startMs;
  });
}

/** Frames of the page while `work` goes on there. @param work runs in the page, and answers the times of its frames */
export async function frames(page: Page, work: () => Promise<number[]>): Promise<Measured> {
  await quiet(page);
  const trace = await PageTrace.start(page);
  const wallMs = await work();
  const { frameMainMs, longestTaskMs, rasterMs } = await trace.end();
  return { wallMs, mainMs: frameMainMs, longestTaskMs, rasterMs };
}

/** Frames of a page that is only looked at. */
export async function framesFor(page: Page, durationMs: number): Promise<Measured> {
  return frames(page, () =>
    page.evaluate(async (limitMs) => {
      const times: number[] = [];
      const startMs = performance.now();
      for (let last = startMs; last - startMs < limitMs;) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
        times.push(performance.now() - last);
        last = performance.now();
      }
      return times;
    }, durationMs),
  );
}

/** A figure from one measurement or several of the same. */
export async function figure(
  host: ProbedStudio,
  name: string,
  budgetMs: number | null,
  measure: () => Promise<Measured[]>,
): Promise<Figure> {
  await host.report();
  const startMs = performance.now();
  const parts = await measure();
  const { blockedMs, blockedCpuMs } = await host.report();
  const wallMs = parts.flatMap((part) => part.wallMs);
  const [seconds, middle] = [(performance.now() - startMs) / 1000, median(wallMs)];
  process.stderr.write(`${name}: median ${middle.toFixed(1)} ms (measured in ${seconds.toFixed(1)} s)\n`);
  return {
    name,
    wallMs,
    mainMs: parts.flatMap(({ mainMs }) => mainMs),
    longestTaskMs: Math.max(...parts.map(({ longestTaskMs }) => longestTaskMs)),
    rasterMs: parts.reduce((sum, { rasterMs }) => sum + rasterMs, 0) / wallMs.length,
    hostBlockedMs: blockedMs,
    hostBlockedCpuMs: blockedCpuMs,
    budgetMs,
  };
}

/** Goes to a place as a click on a link does. @returns the page's own time */
export function goTo(page: Page, path: string): Promise<number> {
  return page.evaluate((target) => {
    const startMs = performance.now();
    history.pushState(null, '', target);
    dispatchEvent(new PopStateEvent('popstate'));
    return startMs;
  }, path);
}

/** A place opened in a new window each time: the window has loaded its pages' code, but none of this place's data. */
export async function openings(
  { studio }: ProbedStudio,
  repeats: number,
  path: string,
  sign: Sign,
): Promise<Measured[]> {
  const results: Measured[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    await inWindow(await studio.openWindow('/settings'), async (page) => {
      await page.waitForFunction((mark) => performance.getEntriesByName(mark).length > 0, PAGES_LOADED);
      results.push(
        await timed(
          page,
          () => goTo(page, path),
          () => appears(page, sign),
        ),
      );
    });
  }
  return results;
}

export async function inWindow<Result>(window: StudioWindow, work: (page: Page) => Promise<Result>): Promise<Result> {
  window.page.setDefaultTimeout(WAIT_MS);
  try {
    return await work(window.page);
  } finally {
    await window.close();
  }
}
