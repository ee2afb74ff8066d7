// The engine process: one run over the channel of contracts/engine-protocol.ts. Forked by the host with `advanced`
// serialization; it leaves with its parent.
import type { EngineEvent } from '../../contracts/engine-protocol.ts';
import { EngineCommand } from '../../contracts/engine-protocol.ts';
import type { Session } from '../../native/binding/index.d.ts';
import { CancelledError, errorCode, errorMessage } from './bad-input.ts';
import { CompileWatch } from './compile-watch.ts';
import { deviceMemory, openSession } from './native.ts';
import type { RunStart } from './run.ts';
import { runTraining } from './run.ts';

const HEARTBEAT_MS = 1000;
// A cancelled native operation gives up within a second; loading a model file cannot be interrupted and is abandoned.
const CANCEL_LIMIT_MS = 900;

const compileWatch = new CompileWatch();
let session: Session | null = null;
let phase: 'starting' | 'loading' | 'training' | 'evaluating' = 'starting';
let step = 0;
let started = false;
let pauseRequested = false;
let cancelRequested = false;

function send(event: EngineEvent): void {
  if (process.connected) process.send?.(event);
}

/** The last message must have left before the process does. */
function sendAndLeave(event: EngineEvent, leave: () => void): void {
  clearInterval(heartbeat);
  if (!process.connected || !process.send) leave();
  else process.send(event, undefined, undefined, leave);
}

/** Ends the process under running native threads, where an orderly exit would destroy what they still use. */
function abandon(): void {
  process.kill(process.pid, 'SIGKILL');
}

const heartbeat = setInterval(() => {
  const native = session?.progress();
  // Between native operations the addon is idle while data are read, prompts built or answers graded.
  const own = native && native.phase !== 'idle' ? native : { phase, done: 0, total: 0 };
  const progress = compileWatch.progress() ?? own;
  send({ type: 'heartbeat', ...progress, step });
}, HEARTBEAT_MS);

process.on('disconnect', abandon);
process.on('message', (message) => {
  const command = EngineCommand.safeParse(message);
  if (!command.success) {
    const issue = command.error.issues[0];
    const where = issue?.path.join('.') ?? '';
    fail(`The engine received a command that it does not understand: ${where} ${issue?.message ?? ''}`, 'BAD_INPUT');
  } else if (command.data.type === 'pause') pause();
  else if (command.data.type === 'cancel') cancel();
  else if (!started) {
    started = true;
    void run(command.data);
  }
});

async function run(start: RunStart): Promise<void> {
  if (start.config.engine.device === 'gpu') await compileWatch.start();
  try {
    const result = await runTraining(start, {
      openSession,
      send,
      onSession: (opened) => {
        session = opened;
      },
      onPhase: (next, nextStep) => {
        phase = next;
        step = nextStep;
        if (cancelRequested) throw new CancelledError('The run was cancelled.');
      },
      pauseRequested: () => pauseRequested,
      deviceMemory,
    });
    end({ type: 'ended', ...result });
  } catch (error) {
    if (cancelRequested) end({ type: 'ended', outcome: 'cancelled', step: completedStep() });
    else if (pauseRequested && errorCode(error) === 'CANCELLED')
      end({ type: 'ended', outcome: 'paused', step: completedStep() });
    else fail(errorMessage(error), errorCode(error));
  }
}

/** `step` counts the step at work while training. */
function completedStep(): number {
  return phase === 'training' ? step - 1 : step;
}

/** A step is finished first; an evaluation is broken off, since resuming repeats it. */
function pause(): void {
  pauseRequested = true;
  if (phase === 'evaluating') session?.cancel();
}

function cancel(): void {
  cancelRequested = true;
  session?.cancel();
  const event: EngineEvent = { type: 'ended', outcome: 'cancelled', step: completedStep() };
  setTimeout(() => sendAndLeave(event, abandon), CANCEL_LIMIT_MS);
}

function end(event: EngineEvent): void {
  sendAndLeave(event, () => process.exit(0));
}

function fail(message: string, code: ReturnType<typeof errorCode>): void {
  const exitCode = code === 'BAD_INPUT' ? 2 : 1;
  sendAndLeave({ type: 'failed', code, message, step: completedStep() }, () => process.exit(exitCode));
}
