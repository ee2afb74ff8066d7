// A process that does one piece of native work for the CLI and ends: request in, progress and warnings, result or error out.
import type { ToolMessage } from '../../contracts/tool-protocol.ts';
import { ToolRequest } from '../../contracts/tool-protocol.ts';
import { BadInputError, errorCode, errorMessage } from './bad-input.ts';
import { exportAdapter, identifyAdapter, importPeft } from './tools/adapter-transfer.ts';
import { convert } from './tools/convert.ts';
import { doctor } from './tools/doctor.ts';
import { evaluate } from './tools/eval.ts';
import { grad } from './tools/grad.ts';
import { grade } from './tools/grade.ts';
import { inspect } from './tools/inspect.ts';
import { probe } from './tools/probe.ts';
import { previewPrompt, promptLengths } from './tools/prompt.ts';
import { score } from './tools/score.ts';
import { step } from './tools/step-file.ts';
import type { ToolContext } from './tools/tool-context.ts';

function send(message: ToolMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!process.send) reject(new Error('This program is started by the tinylora command, not by hand.'));
    else process.send(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}

const context: ToolContext = {
  progress: (phase, done, total) => void send({ type: 'progress', phase, done, total }),
  warn: (message) => void send({ type: 'warning', message }),
};

function dispatch(request: ToolRequest): unknown {
  switch (request.tool) {
    case 'doctor':
      return doctor();
    case 'probe':
      return probe(request.args, context);
    case 'inspect':
      return inspect(request.args, context);
    case 'score':
      return score(request.args, context);
    case 'grad':
      return grad(request.args, context);
    case 'step':
      return step(request.args, context);
    case 'eval':
      return evaluate(request.args, context);
    case 'convert':
      return convert(request.args, context);
    case 'grade':
      return grade(request.args);
    case 'prompt':
      return previewPrompt(request.args);
    case 'lengths':
      return promptLengths(request.args);
    case 'adapter-identify':
      return identifyAdapter(request.args);
    case 'adapter-import':
      return importPeft(request.args);
    case 'adapter-export':
      return exportAdapter(request.args, context);
  }
}

async function answer(message: unknown): Promise<ToolMessage> {
  try {
    const request = ToolRequest.safeParse(message);
    if (!request.success) {
      const issue = request.error.issues[0];
      throw new BadInputError(`Option '${issue?.path.slice(1).join('.') ?? ''}' is wrong: ${issue?.message ?? ''}.`);
    }
    return { type: 'result', value: await dispatch(request.data) };
  } catch (error) {
    return { type: 'error', error: { code: errorCode(error), message: errorMessage(error) } };
  }
}

process.once('message', (message) => {
  void answer(message)
    .then(send)
    .then(() => process.exit(0));
});
// Nobody is left to hear the answer; an orderly exit would destroy what native threads still use.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
