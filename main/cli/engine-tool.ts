// Runs a tool process with its progress and warnings on standard error. Runs in the command line.
import type { ToolInput, ToolName, ToolResults } from '../../contracts/tool-protocol.ts';
import { runToolProcess } from '../core/tool-process.ts';
import { ProgressLine, warn } from './output.ts';

/** Runs a tool to its end; Ctrl-C ends it. Rejects as runToolProcess does. */
export async function runTool<Name extends ToolName>(tool: Name, args: ToolInput<Name>): Promise<ToolResults[Name]> {
  const progress = new ProgressLine();
  const abort = new AbortController();
  const interrupt = (): void => abort.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await runToolProcess(tool, args, {
      progress: (phase, done, total) => progress.update(phase, done, total),
      warn,
      signal: abort.signal,
    });
  } finally {
    progress.clear();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
