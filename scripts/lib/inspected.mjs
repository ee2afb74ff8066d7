// Talks to a page or a Node process over the DevTools protocol: evaluates, and takes pictures. For the smoke test.
import { WebSocket } from 'ws';

export class Inspected {
  #socket;
  #pending = new Map();
  #nextId = 1;

  constructor(socket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const { id, result, error } = JSON.parse(String(data));
      const call = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) call?.reject(new Error(error.message));
      else call?.resolve(result);
    });
    socket.on('close', () => {
      for (const { reject } of this.#pending.values()) reject(new Error('The process ended.'));
      this.#pending.clear();
    });
  }

  /** @param {string} url of its WebSocket */
  static async connect(url) {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return new Inspected(socket);
  }

  send(method, params = {}) {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  /** The value of an expression, which may be a promise; rejects with what it throws. */
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
      // `require`, in a Node process.
      includeCommandLineAPI: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** @returns {Promise<Buffer>} a PNG */
  async screenshot() {
    const { data } = await this.send('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(data, 'base64');
  }

  close() {
    this.#socket.close();
  }
}
