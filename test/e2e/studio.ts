// A real host on a temporary data folder, the built window in Chromium, and what must not happen there. Runs under vitest.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, request as httpRequest } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { HostAddress } from '../../contracts/host-protocol.ts';
import { dataFolderPaths } from '../../main/core/data-folder.ts';

const repositoryRoot = join(import.meta.dirname, '..', '..');
const BUNDLE = join(repositoryRoot, 'build', 'renderer');
const CHROMIUM = process.env['TINYLORA_CHROMIUM'] ?? '/usr/bin/chromium';
const HOST_START_MS = 20_000;

/** Why these tests cannot run here; null where they can. */
export const E2E_MISSING = !existsSync(join(BUNDLE, 'index.html'))
  ? 'build/renderer is missing: run `npm run build:app`.'
  : !existsSync(CHROMIUM)
    ? `${CHROMIUM} is missing: install Chromium, or name one in TINYLORA_CHROMIUM.`
    : null;

/** Sizes that every screen is looked at in. */
export const VIEWPORTS = [
  { width: 900, height: 700 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const;
