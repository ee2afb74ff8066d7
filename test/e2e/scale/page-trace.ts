// What a page costs while something happens to it: processor time of its main thread by frame, its longest task, and the
// time that drawing pixels takes without a graphics card. From Chromium's own trace. Runs in the benchmark.
import type { CDPSession, Page } from 'playwright-core';

export interface PageWork {
  /** Processor time of the main thread: scripts, style, layout, painting; not the drawing of pixels. */
  mainMs: number;
  /** The same from one frame to the next. */
  frameMainMs: number[];
  longestTaskMs: number;
  /** Processor time of the threads that draw pixels, which a graphics card would do. */
  rasterMs: number;
}

/** As much of a trace's event as is read here; times in microseconds. */
interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  ts: number;
  dur?: number;
  /** Processor time. */
  tdur?: number;
  args?: { name?: string };
}

const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline'];
const MICROSECONDS_PER_MS = 1000;
const MAIN_THREAD = 'CrRendererMain';

export class PageTrace {
  readonly #session: CDPSession;
  readonly #events: TraceEvent[] = [];

  private constructor(session: CDPSession) {
    this.#session = session;
  }

  /** One at a time: a trace is of the whole browser. */
  static async start(page: Page): Promise<PageTrace> {
    const browser = page.context().browser();
    if (browser === null) throw new Error('The page is in no browser of its own: start Chromium through Studio.');
    const trace = new PageTrace(await browser.newBrowserCDPSession());
    await trace.#start();
    return trace;
  }

  async #start(): Promise<void> {
    this.#session.on('Tracing.dataCollected', ({ value }) => {
      this.#events.push(...(value as unknown as TraceEvent[]));
    });
    await this.#session.send('Tracing.start', {
      traceConfig: { includedCategories: CATEGORIES, recordMode: 'recordAsMuchAsPossible' },
      transferMode: 'ReportEvents',
    });
  }

  async end(): Promise<PageWork> {
    const complete = new Promise<void>((resolve) => this.#session.once('Tracing.tracingComplete', () => resolve()));
    await this.#session.send('Tracing.end');
    await complete;
    await this.#session.detach();
    return workOf(this.#events);
  }
}

/** Of the page that drew the most frames: the browser's own pages draw, too. */
function workOf(events: readonly TraceEvent[]): PageWork {
  const mainThreads = new Set(
    events.filter(({ name, args }) => name === 'thread_name' && args?.name === MAIN_THREAD).map(threadOf),
  );
  const byThread = Map.groupBy(
    events.filter(({ ph, name }) => ph === 'X' && (name === 'RunTask' || name === 'FireAnimationFrame')),
    threadOf,
  );
  const [main = []] = [...byThread]
    .filter(([thread]) => mainThreads.has(thread))
    .map(([, own]) => own.toSorted((left, right) => left.ts - right.ts))
    .sort((left, right) => totalMs(tasksOf(right)) - totalMs(tasksOf(left)));
  const tasks = tasksOf(main);
  const [pid] = main.map((event) => event.pid);
  return {
    mainMs: totalMs(tasks),
    frameMainMs: byFrame(main),
    longestTaskMs: tasks.reduce((longest, task) => Math.max(longest, processorMs(task)), 0),
    rasterMs: totalMs(events.filter((event) => event.pid === pid && event.name === 'RasterTask')),
  };
}

function threadOf({ pid, tid }: TraceEvent): string {
  return `${pid} ${tid}`;
}

function tasksOf(events: readonly TraceEvent[]): TraceEvent[] {
  return events.filter(({ name }) => name === 'RunTask');
}

function processorMs({ tdur = 0 }: TraceEvent): number {
  return tdur / MICROSECONDS_PER_MS;
}

function totalMs(events: readonly TraceEvent[]): number {
  return events.reduce((sum, event) => sum + processorMs(event), 0);
}

/** A task belongs to the frame whose callbacks it calls, else to the next one. */
function byFrame(events: readonly TraceEvent[]): number[] {
  const starts = events.filter(({ name }) => name === 'FireAnimationFrame').map(({ ts }) => ts);
  const frames = new Array<number>(starts.length).fill(0);
  let frame = 0;
  for (const task of tasksOf(events)) {
    while (frame < starts.length && (starts[frame] ?? Infinity) < task.ts) frame += 1;
    if (frame < starts.length) frames[frame] = (frames[frame] ?? 0) + processorMs(task);
  }
  return frames;
}
