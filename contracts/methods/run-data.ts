// Methods that read what runs recorded: tables, curves, completions. Answered beside the host's event loop.
import { z } from 'zod';
import {
  CompletionGroupQuery,
  CompletionGroupResult,
  CompletionPhase,
  CompletionPrompt,
  CompletionSearchQuery,
  CompletionSearchResult,
  CompletionStep,
  PromptInRunsQuery,
  PromptInRunsResult,
  RewardCount,
} from '../completion-browser.ts';
import {
  CurveBand,
  CurveBandQuery,
  MetricOverview,
  MetricTotals,
  MetricTotalsQuery,
  MetricWindowQuery,
  ParameterHistory,
  ParameterHistoryQuery,
  WindowSeries,
} from '../metric-window.ts';
import { SweepSummary } from '../sweep-report.ts';
import { RunColumnChoices, RunTableQuery, RunTableResult } from '../run-table.ts';

const run = z.strictObject({ run: z.string().min(1) });

export const RUN_DATA_METHODS = {
  /** The last queued first. */
  listSweeps: { params: z.strictObject({}), result: z.array(SweepSummary) },
  /** A page of the table of runs. Throws BAD_INPUT for a filter that cannot be read, naming the term. */
  runTable: {
    params: RunTableQuery.extend({ offset: z.int().min(0).default(0), limit: z.int().min(0).max(20_000).default(200) }),
    result: RunTableResult,
  },
  /** Ids of all runs that a filter matches, e.g. for Ctrl+A. */
  matchingRuns: { params: z.strictObject({ filter: z.string().max(2000) }), result: z.array(z.string()) },
  runColumns: { params: z.strictObject({}), result: RunColumnChoices },
  exportRunTable: {
    params: RunTableQuery.extend({ format: z.enum(['csv', 'json']) }),
    result: z.strictObject({ mediaType: z.string(), rows: z.int(), text: z.string() }),
  },
  /** Every metric of a run, without its points. */
  metricNames: { params: run, result: z.array(MetricOverview) },
  metricWindow: { params: MetricWindowQuery, result: z.array(WindowSeries) },
  metricTotals: { params: MetricTotalsQuery, result: z.array(MetricTotals) },
  curveBands: { params: CurveBandQuery, result: z.array(CurveBand) },
  parameterHistory: { params: ParameterHistoryQuery, result: ParameterHistory },
  completionSteps: { params: run, result: z.array(CompletionStep) },
  completionPrompts: {
    params: run.extend({ step: z.int().min(0), phase: CompletionPhase }),
    result: z.array(CompletionPrompt),
  },
  /** By reward, the smallest first. */
  rewardCounts: {
    params: run.extend({ step: z.int().min(0), phase: CompletionPhase }),
    result: z.array(RewardCount),
  },
  completionGroup: { params: CompletionGroupQuery, result: CompletionGroupResult },
  searchCompletions: { params: CompletionSearchQuery, result: CompletionSearchResult },
  promptInRuns: { params: PromptInRunsQuery, result: PromptInRunsResult },
} as const;
