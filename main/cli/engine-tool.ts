// Runs tool processes with their progress and warnings on standard error. Runs in the command line.
import type { ToolInput, ToolName, ToolResults } from '../../contracts/tool-protocol.ts';
import type { ToolListener } from '../core/tool-process.ts';
import { runToolProcess } from '../core/tool-process.ts';
import { ProgressLine, warn } from './output.ts';

/** Runs a tool to its end; Ctrl-C ends it. Rejects as runToolProcess does. */
export function runTool<Name extends ToolName>(tool: Name, args: ToolInput<Name>): Promise<ToolResults[Name]> {
  return withProgress((listener) => runToolProcess(tool, args, listener));
}

/** Shows what tool processes tell the listener while `work` runs; Ctrl-C aborts its signal. */
export async function withProgress<Result>(work: (listener: ToolListener) => Promise<Result>): Promise<Result> {
  const progress = new ProgressLine();
  const abort = new AbortController();
  const interrupt = (): void => abort.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await work({
      progress: (phase, done, total) => progress.update(phase, done, total),
      warn,
      signal: abort.signal,
    });
  } finally {
    progress.clear();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
