// Types of build-shell.mjs, for the tests that build with it.
import type { BuildOptions } from 'esbuild';

export declare const APP_FOLDER: string;
export declare function buildShell(options?: {
  folder?: string;
  pagesFolder?: string;
  shellOptions?: BuildOptions;
}): Promise<void>;
