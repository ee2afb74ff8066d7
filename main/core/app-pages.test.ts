// Addresses of the built pages: what they find, what they never find, and the headers of each answer.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPage } from './app-pages.ts';

let root: string;
let folder: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tinylora-pages-'));
  folder = join(root, 'renderer');
  await mkdir(join(folder, 'assets'), { recursive: true });
  await writeFile(join(root, 'secret.txt'), 'secret');
  await writeFile(join(folder, '.hidden'), 'secret');
  await writeFile(join(folder, 'index.html'), '<!doctype html>');
  await writeFile(join(folder, 'assets', 'index-1a2b.js'), 'let a;');
});
afterAll(() => rm(root, { recursive: true }));

const find = (path: string) => findPage(folder, path, 'ws://127.0.0.1:1');

describe('an address', () => {
  it.each(['/', '/runs', '/runs/r128', '/sweeps/new', '/index.html'])('%s is the app', async (path) => {
    const { status, headers, body } = await find(path);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' });
    expect(String(body)).toBe('<!doctype html>');
  });

  it('of a hashed file is kept by the browser', async () => {
    const { headers } = await find('/assets/index-1a2b.js');
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e%2fsecret.txt',
    '/..%5csecret.txt',
    '/C:/secret.txt',
    '/.hidden',
    '/secret.txt%00.js',
    '/%zz',
    'secret.txt',
  ])('%s leads nowhere else', async (path) => {
    const { status, body } = await find(path);
    expect(status).toBe(400);
    expect(String(body)).not.toContain('secret');
  });

  it('that names nothing says so, and never where it looked', async () => {
    for (const path of ['/missing.js', '/assets.js/x.js', `/${'a'.repeat(300)}.js`]) {
      const { status, body } = await find(path);
      expect(status).toBe(404);
      expect(String(body)).not.toContain(root);
    }
    const unbuilt = await findPage(join(root, 'none'), '/', 'ws://127.0.0.1:1');
    expect(unbuilt.status).toBe(503);
    expect(String(unbuilt.body)).not.toContain(root);
  });

  it('is always answered with a policy that allows no other origin', async () => {
    for (const path of ['/', '/missing.js', '/%zz']) {
      const { headers } = await find(path);
      const policy = headers['content-security-policy'] ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'");
      expect(policy).toContain("connect-src 'self' ws://127.0.0.1:1;");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
      expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
    }
  });
});
