// A process that chats with a model and its adapters for the host. It keeps the model open between questions; if it dies,
// nothing else does.
import { PlaygroundCommand } from '../../contracts/playground.ts';
import type { GenerateCommand, PlaygroundMessage } from '../../contracts/playground.ts';
import { errorCode, errorMessage } from './bad-input.ts';
import { Playground } from './tools/playground.ts';

function send(message: PlaygroundMessage): void {
  process.send?.(message);
}

const playground = new Playground();

async function generate(command: GenerateCommand): Promise<void> {
  const { requestId } = command;
  try {
    const answers = await playground.generate(command, (chunk) => send({ type: 'tokens', requestId, ...chunk }));
    send({ type: 'answers', requestId, answers });
  } catch (error) {
    send({ type: 'failed', requestId, code: errorCode(error), message: errorMessage(error) });
  }
}

process.on('message', (message) => {
  const command = PlaygroundCommand.parse(message);
  if (command.type === 'generate') void generate(command);
  else playground.stop();
});
// Nobody is left to hear the answer; an orderly exit would destroy what native threads still use.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
