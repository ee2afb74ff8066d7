// A studio whose host says how long it was blocked, and trains many runs at once. Runs in the benchmark.
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';
import { join } from 'node:path';
import { ProbeAnswer } from '../../fixtures/host-probe.ts';
import type { ProbeCommand } from '../../fixtures/host-probe.ts';
import { Studio } from '../studio.ts';

const PROBE = join(import.meta.dirname, '..', '..', 'fixtures', 'host-probe.ts');

export class ProbedStudio {
  readonly studio: Studio;
  readonly #answers: AsyncIterator<string>;

  private constructor(studio: Studio, answers: Interface) {
    this.studio = studio;
    this.#answers = answers[Symbol.asyncIterator]();
  }

  static async start(home: string, environment: NodeJS.ProcessEnv): Promise<ProbedStudio> {
    const studio = await Studio.start({ home, environment, probe: PROBE });
    const { stdout } = studio.host;
    if (stdout === null) throw new Error('The host was started without a pipe for its probe.');
    return new ProbedStudio(studio, createInterface({ input: stdout }));
  }

  /** How the host did since this was last asked. */
  async report(): Promise<ProbeAnswer> {
    this.#tell({ do: 'report' });
    const answer = await this.#answers.next();
    if (answer.done === true) throw new Error('The host ended.');
    return ProbeAnswer.parse(JSON.parse(answer.value));
  }

  train(runs: string[], firstStep: number, stepsPerSecond: number): void {
    this.#tell({ do: 'train', runs, firstStep, stepsPerSecond });
  }

  #tell(command: ProbeCommand): void {
    this.studio.host.stdin?.write(`${JSON.stringify(command)}\n`);
  }
}
