// A process that does one piece of work on model files for the host and ends: inspect one, or download one. It loads
// node-llama-cpp, which neither host nor engine may.
import { errorMessage } from '../../contracts/app-error.ts';
import { LibraryRequest } from '../../contracts/library-protocol.ts';
import type { LibraryMessage } from '../../contracts/library-protocol.ts';
import { DownloadError, download } from './download.ts';

function send(message: LibraryMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!process.send) reject(new Error('This program is started by the host, not by hand.'));
    else process.send(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}

async function answer(message: unknown): Promise<LibraryMessage> {
  try {
    const request = LibraryRequest.parse(message);
    if (request.type === 'inspect') {
      // Takes half a second to load, which a download need not wait for.
      const { inspectModel } = await import('./inspect.ts');
      return { type: 'inspected', inspection: await inspectModel(request.path) };
    }
    const { path, sha256 } = await download(request, (progress) => void send({ type: 'progress', progress }));
    return { type: 'downloaded', path, sha256 };
  } catch (error) {
    const code = error instanceof DownloadError ? error.code : 'internal';
    return { type: 'failed', code, message: errorMessage(error) };
  }
}

process.once('message', (message) => {
  void answer(message)
    .then(send)
    .then(() => process.exit(0));
});
// Without its host nobody would keep what it does; bytes that arrived stay for the next one.
process.once('disconnect', () => process.exit(1));
