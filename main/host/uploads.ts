// Takes files that a browser drops: PUT /upload/models/NAME.gguf or /upload/data/NAME.jsonl, with the token as bearer. A file
// appears whole and readable, or not at all. Runs in the host.
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { access, rename, rm, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError, asAppError, badInput } from '../../contracts/app-error.ts';
import type { HostErrorCode } from '../../contracts/host-protocol.ts';
import { makeFolder } from '../core/data-folder.ts';
import { readGgufHeader } from '../core/gguf-header.ts';
import type { DataLibrary } from './library/data-sets.ts';
import type { ModelLibrary } from './library/models.ts';

export const UPLOAD_PATH = /^\/upload\/(models|data)\/([^/]+)$/;
const STATUS: Record<HostErrorCode, number> = {
  BAD_INPUT: 400,
  NOT_FOUND: 404,
  CONFLICT: 409,
  STORAGE: 507,
  INTERNAL: 500,
};

export interface UploadDependencies {
  models: ModelLibrary;
  dataSets: DataLibrary;
  modelsFolder: string;
  dataFolder: string;
}

export class Uploads {
  readonly #dependencies: UploadDependencies;

  constructor(dependencies: UploadDependencies) {
    this.#dependencies = dependencies;
  }

  /** Answers with the library's entry as JSON, or the error; never rejects. The caller has checked the token. */
  async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const entry = await this.#store(request);
      send(response, 201, entry);
    } catch (error) {
      const { code, message } = asAppError(error);
      // The rest of a refused upload is not wanted.
      response.setHeader('connection', 'close');
      send(response, STATUS[code], { error: { code, message } });
    }
  }

  async #store(request: IncomingMessage): Promise<unknown> {
    if (request.method !== 'PUT') throw badInput('Files are uploaded with PUT.');
    const { kind, name } = uploadName(request.url ?? '');
    const { models, dataSets, modelsFolder, dataFolder } = this.#dependencies;
    const folder = kind === 'models' ? modelsFolder : dataFolder;
    const path = join(folder, name);
    await requireAbsent(path, name);
    makeFolder(join(folder, '.uploads'));
    const part = join(folder, '.uploads', `${randomBytes(6).toString('hex')}.part`);
    try {
      await pipeline(request, createWriteStream(part, { mode: 0o600 }));
      await requireWhole(part, request);
      if (kind === 'models') await readGgufHeader(part);
      await requireAbsent(path, name);
      await rename(part, path);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    if (kind === 'data') {
      return dataSets.add(path).catch(async (error: unknown) => {
        await rm(path, { force: true });
        throw error;
      });
    }
    models.announce();
    return models.find(path);
  }
}

function uploadName(url: string): { kind: 'models' | 'data'; name: string } {
  const [, kind, encoded = ''] = UPLOAD_PATH.exec(url.replace(/[?#].*$/, '')) ?? [];
  const ending = kind === 'models' ? '.gguf' : '.jsonl';
  const name = decoded(encoded);
  const isSafe = /^[^/\\\0]{1,200}$/.test(name) && !name.startsWith('.');
  if ((kind !== 'models' && kind !== 'data') || !isSafe || !name.toLowerCase().endsWith(ending)) {
    throw badInput(`${name} cannot be added: give a file whose name ends in ${ending}.`);
  }
  return { kind, name };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badInput('The name of the file is not encoded as an address should be.');
  }
}

async function requireAbsent(path: string, name: string): Promise<void> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (exists) throw new AppError('CONFLICT', `There is a ${name} already: rename the file, or remove that one first.`);
}

/** A connection that breaks ends the stream early. */
async function requireWhole(part: string, request: IncomingMessage): Promise<void> {
  const announced = request.headers['content-length'];
  const { size } = await stat(part);
  if (announced !== undefined && Number(announced) !== size) {
    throw badInput(`The upload ended at ${size} of ${announced} bytes. Nothing was added: send it again.`);
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' });
  response.end(JSON.stringify(body));
}
