// Sends the built pages over HTTP, compressed where that pays. Runs in the host.
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { findPage, securityHeaders } from '../core/app-pages.ts';

const COMPRESSED_TYPES = /^(text\/|application\/(json|manifest\+json|wasm)|image\/svg)/;
const LEAST_COMPRESSED_BYTES = 1024;
/** The largest script is compressed once, not for every window; by content, so a new build is a new entry. */
const compressed = new Map<string, Promise<Buffer>>();
const MAXIMUM_COMPRESSED_ENTRIES = 200;

/** Answers GET and HEAD; never rejects. */
export async function sendPage(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const connectSource = `ws://${request.headers.host ?? ''}`;
  try {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { ...securityHeaders(connectSource), allow: 'GET, HEAD' }).end();
      return;
    }
    const path = (request.url ?? '/').replace(/[?#].*$/, '');
    const { status, headers, body } = await findPage(folder, path, connectSource);
    const isCompressed = acceptsGzip(request) && pays(headers['content-type'] ?? '', body);
    const content = isCompressed ? await gzipped(body) : body;
    response.writeHead(status, {
      ...headers,
      ...(isCompressed ? { 'content-encoding': 'gzip' } : {}),
      vary: 'accept-encoding',
      'content-length': content.length,
    });
    response.end(request.method === 'HEAD' ? undefined : content);
  } catch (error) {
    // What went wrong is for the log, not for whoever asked.
    process.stderr.write(`A page could not be sent: ${error instanceof Error ? error.stack : String(error)}\n`);
    if (!response.headersSent) response.writeHead(500, securityHeaders(connectSource));
    response.end();
  }
}

function acceptsGzip(request: IncomingMessage): boolean {
  return /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
}

function pays(type: string, body: Buffer): boolean {
  return body.length >= LEAST_COMPRESSED_BYTES && COMPRESSED_TYPES.test(type);
}

function gzipped(body: Buffer): Promise<Buffer> {
  const key = createHash('sha256').update(body).digest('base64');
  const known = compressed.get(key);
  if (known !== undefined) return known;
  if (compressed.size >= MAXIMUM_COMPRESSED_ENTRIES) compressed.clear();
  const result = promisify(gzip)(body);
  compressed.set(key, result);
  return result;
}
