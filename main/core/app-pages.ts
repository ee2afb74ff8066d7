// Finds the file of the built pages that an address names, with the headers it is sent with. Used by host and shell.
import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { hasErrorCode } from '../../contracts/app-error.ts';

/** What a browser refuses to run or to guess if it is sent with another type. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm',
};

export interface PageAnswer {
  status: 200 | 400 | 404 | 503;
  headers: Record<string, string>;
  body: Buffer;
}

/** A page may load from where it came from and from nowhere else; Emotion writes its styles into the page. */
export function contentSecurityPolicy(connectSource: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "worker-src 'self' blob:",
    `connect-src 'self' ${connectSource}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Sent with every answer, errors included. */
export function securityHeaders(connectSource: string): Record<string, string> {
  return {
    'content-security-policy': contentSecurityPolicy(connectSource),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=()',
  };
}

/**
 * The file below `folder` that the path of an address names; `index.html` for the places within the app, whose paths
 * have no extension.
 * @param urlPath still percent-encoded, without query and fragment
 * @param connectSource where the page reaches the host, e.g. `ws://127.0.0.1:40123`
 */
export async function findPage(folder: string, urlPath: string, connectSource: string): Promise<PageAnswer> {
  const headers = securityHeaders(connectSource);
  const segments = pathSegments(urlPath);
  if (segments === null) return problem(400, 'This address is not one of the app.', headers);
  const name = segments.join('/');
  const file = extname(name) === '' ? 'index.html' : name;
  try {
    const path = join(folder, ...file.split('/'));
    if (!(await stat(path)).isFile()) return problem(404, 'Not found.', headers);
    const body = await readFile(path);
    const type = MEDIA_TYPES[extname(file)] ?? 'application/octet-stream';
    return { status: 200, headers: { ...headers, 'content-type': type, 'cache-control': caching(file) }, body };
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT', 'ENOTDIR', 'ENAMETOOLONG')) throw error;
    return file === 'index.html'
      ? problem(503, 'The pages of the app are not built: run npm start once, or node scripts/build-app.mjs.', headers)
      : problem(404, 'Not found.', headers);
  }
}

/** Null for a path that a file system could read as another than the one it spells. */
function pathSegments(urlPath: string): string[] | null {
  let path: string;
  try {
    path = decodeURIComponent(urlPath);
  } catch {
    return null;
  }
  const segments = path.split('/').filter((segment) => segment !== '');
  const isPlain = (segment: string): boolean => !segment.startsWith('.') && !/[\\:\0]/.test(segment);
  return path.startsWith('/') && segments.every(isPlain) ? segments : null;
}

/** Names under assets/ carry a hash of their content. */
function caching(file: string): string {
  return file.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
}

function problem(status: 400 | 404 | 503, text: string, headers: Record<string, string>): PageAnswer {
  const body = Buffer.from(`${text}\n`);
  return {
    status,
    headers: { ...headers, 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
    body,
  };
}
