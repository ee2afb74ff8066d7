/** See build-shell.mjs. */
export declare const APP_FOLDER: string;
export declare function buildShell(options?: {
  folder?: string;
  shellEntry?: string;
  shellTarget?: string[];
  pagesFolder?: string;
}): Promise<void>;
