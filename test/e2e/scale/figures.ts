// What the benchmark measures: each budget of the design, on data of the size that the budget names.
import type { Page } from 'playwright-core';
import { COMPLETIONS_PER_STEP, LONG_RUN, TALKING_RUN, WIDE_RUN } from '../../fixtures/scale-store.ts';
import type { ScaleSizes } from '../../fixtures/scale-store.ts';
import { appears, clicked, figure, frames, framesFor, goTo, inWindow, openings, timed } from './measure.ts';
import type { Figure, Sign } from './measure.ts';
import type { ProbedStudio } from './probed-studio.ts';

const FRAME_MS = 1000 / 60;
/** Of an answer to a click or a zoom. */
const ANSWER_MS = 200;
const START_MS = 2000;
const PAUSE_MS = 100;
const LIVE_FRAME_MS = 100;

const SCROLL_FRAMES = 120;
/** A notch of a wheel, at every frame: faster than a hand turns it. */
const SCROLL_STEP_PX = 120;
const LIVE_MS = 8000;
const LIVE_STEPS_PER_SECOND = 1;
const FILTER_RATES = ['0.001', '0.003', '0.01', '0.03', '0.1'];

interface Plan {
  host: ProbedStudio;
  sizes: ScaleSizes;
  repeats: number;
}

/** The foot of a chart: "1,000 of 48,212 points". */
const CHART_DRAWN: Sign = { selector: 'figure', text: / of [\d,]+ points/ };

async function repeated<Item>(count: number, work: (repeat: number) => Promise<Item>): Promise<Item[]> {
  const results: Item[] = [];
  for (let repeat = 0; repeat < count; repeat++) results.push(await work(repeat));
  return results;
}

/** From the beginning of the page's loading. */
function newWindows(name: string, { host, repeats }: Plan, path: string, sign: Sign): Promise<Figure> {
  return figure(host, name, START_MS, () =>
    repeated(repeats, async () => {
      const window = await host.studio.openWindow(path);
      return inWindow(window, async (page) => {
        const wallMs = [await appears(page, sign)];
        return { wallMs, mainMs: [], longestTaskMs: 0, rasterMs: 0 };
      });
    }),
  );
}

export function startOfApp(name: string, plan: Plan): Promise<Figure> {
  return newWindows(`start of the app, ${name}`, plan, '/', { selector: 'footer', text: /Queue/ });
}

/** Frames while the table of runs is scrolled by a step a frame. */
async function scrolled(page: Page): Promise<number[]> {
  return page.getByRole('grid').evaluate(
    async (grid, { count, stepPx }) => {
      if (grid.scrollHeight <= grid.clientHeight + stepPx) throw new Error('The table does not scroll.');
      const times: number[] = [];
      let last = performance.now();
      for (let frame = 0; frame < count; frame++) {
        grid.scrollTop += stepPx;
        await new Promise((resolve) => requestAnimationFrame(resolve));
        const now = performance.now();
        times.push(now - last);
        last = now;
      }
      return times;
    },
    { count: SCROLL_FRAMES, stepPx: SCROLL_STEP_PX },
  );
}

async function filtered(page: Page, repeat: number) {
  const rate = FILTER_RATES[repeat % FILTER_RATES.length] ?? '';
  const box = page.getByRole('main').getByRole('combobox').first();
  await box.fill(`lr = ${rate}`);
  const act = () =>
    box.evaluate((element) => {
      const startMs = performance.now();
      element.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
      return startMs;
    });
  // Until the rows of this filter are drawn, not only until the address has it.
  const ready = async () => {
    const drawn = await page.waitForFunction((ending) => {
      const labels = [...document.querySelectorAll('[role=grid] .label')];
      return labels.length > 0 && labels.every(({ textContent }) => textContent.endsWith(ending)) && performance.now();
    }, `lr ${rate}`);
    return Number(await drawn.jsonValue());
  };
  return timed(page, act, ready);
}

export async function tableOfRuns({ host, sizes, repeats }: Plan): Promise<Figure[]> {
  return inWindow(await host.studio.openWindow('/runs'), async (page) => {
    await page.getByRole('row').nth(10).waitFor();
    const runs = sizes.runs.toLocaleString('en');
    return [
      await figure(host, `table of ${runs} runs: a frame of scrolling`, FRAME_MS, async () => [
        await frames(page, () => scrolled(page)),
      ]),
      await figure(host, `table of ${runs} runs: filter`, ANSWER_MS, () =>
        repeated(repeats, (repeat) => filtered(page, repeat)),
      ),
    ];
  });
}

/** The long run: opened, and one part of it after the other dragged open. */
export async function longRun(plan: Plan): Promise<Figure[]> {
  const { host, sizes, repeats } = plan;
  const steps = sizes.longSteps.toLocaleString('en');
  const linked = await newWindows(
    `start of the app on a run of ${steps} steps`,
    plan,
    `/runs/${LONG_RUN}`,
    CHART_DRAWN,
  );
  const opened = await figure(host, `open a run of ${steps} steps`, ANSWER_MS, () =>
    openings(host, repeats, `/runs/${LONG_RUN}`, CHART_DRAWN),
  );
  const zoomed = await inWindow(await host.studio.openWindow(`/runs/${LONG_RUN}`), async (page) => {
    await appears(page, CHART_DRAWN);
    return figure(host, `zoom into ${steps} steps`, ANSWER_MS, () =>
      repeated(repeats, (repeat) => {
        const [from, to] = [1000 + 100 * repeat, Math.floor(sizes.longSteps * 0.8) - repeat];
        const total = (to - from + 1).toLocaleString('en');
        const act = () => goTo(page, `/runs/${LONG_RUN}?zoom=${from}-${to}`);
        return timed(page, act, () => appears(page, { selector: 'figure', text: new RegExp(`of ${total} points`) }));
      }),
    );
  });
  return [linked, opened, zoomed];
}

export function wideRun({ host, sizes, repeats }: Plan): Promise<Figure> {
  return figure(host, `open a run of ${sizes.metricNames.toLocaleString('en')} metrics`, ANSWER_MS, () =>
    openings(host, repeats, `/runs/${WIDE_RUN}`, CHART_DRAWN),
  );
}

export async function completions({ host, sizes, repeats }: Plan): Promise<Figure> {
  const path = `/runs/${TALKING_RUN}?tab=completions&step=1`;
  return inWindow(await host.studio.openWindow(path), async (page) => {
    const samples = page.getByRole('grid').locator('tbody');
    await samples.waitFor();
    const name = `next step of ${sizes.completions.toLocaleString('en')} completions`;
    // Each step once: a step that was seen before is in the page's memory.
    const steps = Math.ceil(sizes.completions / COMPLETIONS_PER_STEP);
    return figure(host, name, ANSWER_MS, () =>
      repeated(Math.min(repeats, steps - 1), async () => {
        const before = await samples.innerText();
        const ready = async () => {
          const drawn = await page.waitForFunction((former) => {
            const text = document.querySelector<HTMLElement>('[role=grid] tbody')?.innerText;
            return text !== former && performance.now();
          }, before);
          return Number(await drawn.jsonValue());
        };
        return timed(page, () => clicked(page.getByRole('button', { name: 'Next step' })), ready);
      }),
    );
  });
}

function curvesOf(sizes: ScaleSizes): string[] {
  return Array.from({ length: sizes.curveRuns }, (_, index) => `curve-${index}`);
}

export function compare({ host, sizes, repeats }: Plan): Promise<Figure> {
  const path = `/compare?runs=${curvesOf(sizes).join(',')}`;
  return figure(host, `compare ${sizes.curveRuns} runs`, null, () => openings(host, repeats, path, CHART_DRAWN));
}

/** Screens of fifty runs that all train. Last: it changes the data. */
export async function liveRuns({ host, sizes }: Plan): Promise<Figure[]> {
  const ids = curvesOf(sizes);
  host.train(ids, sizes.curveSteps + 1, LIVE_STEPS_PER_SECOND);
  const screens: { name: string; path: string; sign: Sign }[] = [
    { name: 'Home', path: '/', sign: { selector: 'main [role=progressbar]', count: ids.length } },
    { name: 'Runs', path: '/runs?filter=state:running', sign: { selector: '[role=row]', count: 6 } },
    { name: 'Compare', path: `/compare?runs=${ids.join(',')}`, sign: CHART_DRAWN },
    { name: 'one Run', path: `/runs/${ids[0] ?? ''}`, sign: CHART_DRAWN },
  ];
  const figures: Figure[] = [];
  for (const { name, path, sign } of screens) {
    const measured = await inWindow(await host.studio.openWindow(path), async (page) => {
      await appears(page, sign);
      return figure(host, `${ids.length} live runs: a frame of ${name}`, LIVE_FRAME_MS, async () => [
        await framesFor(page, LIVE_MS),
      ]);
    });
    figures.push(measured);
  }
  const { steps } = await host.report();
  if (steps === 0) throw new Error('No step of a live run was written: the probe of the host did not train.');
  return figures;
}

export function sweepGrid({ host, sizes, repeats }: Plan): Promise<Figure> {
  return figure(host, `open a sweep of ${sizes.sweepCells.toLocaleString('en')} cells`, null, () =>
    openings(host, repeats, '/sweeps/waiting', { selector: '[role=grid] [role=row]', count: 6 }),
  );
}

export function front({ host, sizes, repeats }: Plan): Promise<Figure> {
  return figure(host, `front of ${sizes.frontSettings.toLocaleString('en')} points`, null, () =>
    openings(host, repeats, '/pareto?sweeps=front', CHART_DRAWN),
  );
}

/** A host whose engine takes steps without end: each repeat pauses the run under way, and the next one starts. */
export async function pausing({ host, sizes, repeats }: Plan): Promise<Figure> {
  return inWindow(await host.studio.openWindow('/'), async (page) => {
    const pause = page.getByRole('main').getByRole('button', { name: 'Pause', exact: true });
    return figure(host, `pause, with ${sizes.sweepCells.toLocaleString('en')} runs waiting`, PAUSE_MS, () =>
      repeated(repeats, async () => {
        await page
          .getByText(/^step \d/)
          .first()
          .waitFor();
        const measured = await timed(
          page,
          () => clicked(pause.first()),
          () => appears(page, { selector: 'main button, main span, main p', text: /^pausing after/ }),
        );
        await page.getByText(/^pausing after/).waitFor({ state: 'detached' });
        return measured;
      }),
    );
  });
}
