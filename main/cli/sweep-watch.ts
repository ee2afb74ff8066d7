// Follows a sweep that the host works on, until nothing of it is left to do. Runs in the command line.
import { AppError } from '../../contracts/app-error.ts';
import { COMPILING_PHASE } from '../../contracts/engine-protocol.ts';
import type { HostEvent } from '../../contracts/host-protocol.ts';
import type { RunState, RunSummary } from '../../contracts/run-state.ts';
import type { SweepPlan } from '../../contracts/sweep-report.ts';
import type { HostClient } from '../client/host-client.ts';
import { formatDuration, phaseText } from './output.ts';

const UNSETTLED: readonly RunState[] = ['queued', 'running', 'interrupted'];
const REDRAW_MS = 200;
const CLEAR_LINE = '\r\u001b[K';

/** What a watcher shows; a terminal gets one line redrawn, anything else a line a change. */
export interface ProgressOutput {
  readonly isTerminal: boolean;
  readonly columns: number;
  write(text: string): void;
}

/** Share of the sweep's steps that are done; a cell counts at least as one step. */
function doneShare(plan: SweepPlan, runs: ReadonlyMap<string, RunSummary>): number {
  let doneSteps = 0;
  let allSteps = 0;
  for (const { runId } of plan.cells) {
    const run = runs.get(runId);
    const steps = Math.max(1, run?.totalSteps ?? 1);
    allSteps += steps;
    if (run !== undefined) doneSteps += UNSETTLED.includes(run.state) ? Math.min(run.lastStep, steps) : steps;
  }
  return allSteps === 0 ? 1 : doneSteps / allSteps;
}

export class SweepWatch {
  readonly #plan: SweepPlan;
  readonly #output: ProgressOutput;
  readonly #runs = new Map<string, RunSummary>();
  readonly #settled: Promise<void>;
  /** Since when, and from what share on, the sweep's speed is measured. */
  #startedAtMs = Date.now();
  #startShare = 0;
  #resolve: () => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #phase = '';
  #reward = '';
  #lastDrawMs = 0;

  constructor(plan: SweepPlan, output: ProgressOutput) {
    this.#plan = plan;
    this.#output = output;
    this.#settled = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /**
   * Resolves when every cell is settled. Rejects with STORAGE where the host can no longer write.
   * @returns whether it was followed to its end; false where the connection was lost
   */
  async follow(client: HostClient): Promise<boolean> {
    const unsubscribe = client.onEvent((event) => this.#receive(event));
    try {
      // After subscribing, so that no change falls between.
      for (const run of await client.call('listRuns', {})) this.#note(run, false);
      this.#measureFromNow();
      this.#check();
      return await Promise.race([this.#settled.then(() => true), client.closed.then(() => false)]);
    } finally {
      unsubscribe();
      if (this.#output.isTerminal) this.#output.write(CLEAR_LINE);
    }
  }

  #receive(event: HostEvent): void {
    switch (event.type) {
      case 'runChanged':
        this.#note(event.run, true);
        this.#check();
        break;
      case 'progress':
        this.#phase = phaseText(event.phase, event.done, event.total);
        // Done once, it says nothing about how long the rest takes.
        if (event.phase === COMPILING_PHASE) this.#measureFromNow();
        break;
      case 'metrics': {
        const run = this.#runs.get(event.runId);
        if (run !== undefined) this.#runs.set(run.id, { ...run, lastStep: event.step });
        const reward = event.values['reward/mean'];
        this.#reward = typeof reward === 'number' ? `, reward ${reward.toFixed(3)}` : '';
        break;
      }
      case 'queueStopped':
        this.#say(`${event.message} \`tinylora queue resume\` goes on.`);
        break;
      case 'storageFailed':
        this.#reject(new AppError('STORAGE', event.message));
        break;
      // What else happens in the studio does not concern this sweep.
      default:
        return;
    }
    this.#draw();
  }

  #note(run: RunSummary, isNews: boolean): void {
    if (!this.#plan.cells.some(({ runId }) => runId === run.id)) return;
    const before = this.#runs.get(run.id);
    this.#runs.set(run.id, run);
    if (!isNews || before?.state === run.state) return;
    this.#phase = '';
    this.#reward = '';
    const reason = run.failure === null || run.state === 'running' ? '' : `: ${run.failure.message}`;
    this.#say(`${run.label}, seed ${run.seed} (${run.id}): ${run.state}${reason}`);
  }

  #measureFromNow(): void {
    this.#startedAtMs = Date.now();
    this.#startShare = doneShare(this.#plan, this.#runs);
  }

  #check(): void {
    const isOpen = this.#plan.cells.some(({ runId }) => {
      const run = this.#runs.get(runId);
      return run === undefined || UNSETTLED.includes(run.state);
    });
    if (!isOpen) this.#resolve();
  }

  #say(line: string): void {
    this.#output.write(this.#output.isTerminal ? `${CLEAR_LINE}${line}\n` : `${line}\n`);
  }

  #draw(): void {
    if (!this.#output.isTerminal || Date.now() - this.#lastDrawMs < REDRAW_MS) return;
    this.#lastDrawMs = Date.now();
    const done = doneShare(this.#plan, this.#runs);
    const gained = done - this.#startShare;
    const elapsedMs = Date.now() - this.#startedAtMs;
    const remaining = gained > 0 ? `, about ${formatDuration((elapsedMs * (1 - done)) / gained)} left` : '';
    const settled = this.#plan.cells.filter(({ runId }) => {
      const run = this.#runs.get(runId);
      return run !== undefined && !UNSETTLED.includes(run.state);
    }).length;
    const running = [...this.#runs.values()].find((run) => run.state === 'running');
    const cell =
      running === undefined
        ? 'waiting'
        : `${running.label}, step ${running.lastStep}/${running.totalSteps}${this.#reward} ${this.#phase}`;
    const head = `${Math.floor(done * 100)} %, ${settled}/${this.#plan.cells.length} cells${remaining}`;
    this.#output.write(`${CLEAR_LINE}${`${head} | ${cell}`.slice(0, Math.max(20, this.#output.columns - 1))}`);
  }
}
