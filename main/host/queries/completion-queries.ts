// Answers about completions: groups with their tokens, the same prompt elsewhere. Runs in the host's query thread.
import { AppError } from '../../../contracts/app-error.ts';
import type { CompletionGroup, CompletionSample } from '../../../contracts/completion-browser.ts';
import type { HostParams, HostResult } from '../../../contracts/host-protocol.ts';
import { decodeTokens } from '../../core/token-record.ts';
import type { CompletionWithTokens } from '../../store/reader/completion-reader.ts';
import type { StoreReader } from '../../store/reader/reader.ts';

type GroupQuery = HostParams<'completionGroup'>;

export function completionGroup(reader: StoreReader, query: GroupQuery): HostResult<'completionGroup'> {
  const group = requireGroup(reader, query);
  const untrained =
    query.step === 0 ? [] : reader.completions.ofUntrained(reader.runs.numberOf(query.run), group.prompt);
  // Answers of another kind of sampling say less than those of the same; training compares with sampled ones.
  const wanted = query.phase === 'evaluation-greedy' ? 'evaluation-greedy' : 'evaluation-sampled';
  return { ...group, base: untrained.filter(({ row }) => row.phase === wanted).map(toSample) };
}

export function promptInRuns(reader: StoreReader, query: HostParams<'promptInRuns'>): HostResult<'promptInRuns'> {
  const { prompt, gold } = requireGroup(reader, query);
  const runs = (query.runs ?? siblings(reader, query.run)).filter((id) => id !== query.run);
  const groups: HostResult<'promptInRuns'>['groups'] = [];
  const withoutPrompt: string[] = [];
  for (const runId of runs) {
    const key = { runNumber: reader.runs.numberOf(runId), phase: query.phase, promptIndex: query.promptIndex };
    const step = reader.completions.lastStepOf(key, prompt, query.atStep ?? Number.MAX_SAFE_INTEGER);
    if (step === null) {
      withoutPrompt.push(runId);
      continue;
    }
    const samples = reader.completions.group({ ...key, step }).map(toSample);
    groups.push({ runId, step, phase: query.phase, promptIndex: query.promptIndex, samples });
  }
  return { prompt, gold, groups, withoutPrompt };
}

function requireGroup(reader: StoreReader, { run, step, phase, promptIndex }: GroupQuery): CompletionGroup {
  const rows = reader.completions.group({ runNumber: reader.runs.numberOf(run), step, phase, promptIndex });
  const [first] = rows;
  if (first === undefined) {
    throw new AppError(
      'NOT_FOUND',
      `Run ${run} has no ${phase} completions of prompt ${promptIndex} at step ${step}: they were freed, or that step ` +
        'did not sample this prompt; choose another step or prompt.',
    );
  }
  const { prompt, gold } = first.row;
  return { runId: run, step, phase, promptIndex, prompt, gold, samples: rows.map(toSample) };
}

/** Runs that share a sweep with this one. */
function siblings(reader: StoreReader, runId: string): string[] {
  const memberships = reader.runs.memberships();
  const sweeps = new Set(memberships.filter((entry) => entry.runId === runId).map(({ sweepId }) => sweepId));
  return [...new Set(memberships.filter(({ sweepId }) => sweeps.has(sweepId)).map((entry) => entry.runId))];
}

function toSample({ row, tokens: bytes }: CompletionWithTokens): CompletionSample {
  const { prompt: _prompt, gold: _gold, tokens: _tokens, ...sample } = row;
  const tokens = bytes === null ? null : decodeTokens(bytes);
  const gaps = (tokens ?? []).flatMap(({ logpTrain, logpRollout }) =>
    logpTrain === null ? [] : [logpTrain - logpRollout],
  );
  const largestGap =
    gaps.length === 0 ? null : gaps.reduce((most, gap) => (Math.abs(gap) > Math.abs(most) ? gap : most));
  return { ...sample, tokens, largestGap };
}
