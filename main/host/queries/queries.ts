// What is answered for each method that only reads. Runs in the host's query thread.
import type { HostParams, HostResult } from '../../../contracts/host-protocol.ts';
import type { QueryMethod } from '../../../contracts/methods/queries.ts';
import { compareRuns } from '../../core/analysis/compare-runs.ts';
import { evaluationCurves } from '../../core/analysis/evaluation-curves.ts';
import { settingImportance } from '../../core/analysis/importance.ts';
import { paretoAnalysis } from '../../core/analysis/pareto-analysis.ts';
import { sweepGrid } from '../../core/analysis/sweep-grid.ts';
import { settingsDifference } from '../../core/analysis/settings-difference.ts';
import { metricTotals } from '../../core/curves/metric-totals.ts';
import { curveBands, metricWindows } from '../../core/curves/metric-window.ts';
import { parameterHistory } from '../../core/curves/parameter-history.ts';
import { ACCURACIES, FIELDS } from '../../core/run-table/columns.ts';
import { exportRunTable } from '../../core/run-table/export-table.ts';
import { matchRuns, runTable } from '../../core/run-table/run-table.ts';
import { RunValues } from '../../core/run-table/run-values.ts';
import { SweepSummaries } from '../../core/sweep-summary.ts';
import { settingsOf } from '../../core/run-table/settings.ts';
import type { StoreReader } from '../../store/reader/reader.ts';
import { completionGroup, promptInRuns } from './completion-queries.ts';

export type Queries = { [Name in QueryMethod]: (params: HostParams<Name>) => HostResult<Name> };

const ALL_ROWS = { offset: 0, limit: Infinity };

export function createQueries(reader: StoreReader): Queries {
  const { runs, metrics, completions } = reader;
  const summaries = new SweepSummaries(reader);
  return {
    listSweeps: () => summaries.list(),
    runTable: ({ offset, limit, ...query }) => runTable(reader, query, { offset, limit }),
    matchingRuns: ({ filter }) => matchRuns(new RunValues(reader, runs.all()), filter).map(({ id }) => id),
    runColumns: () => runColumns(reader),
    exportRunTable: ({ format, ...query }) => exportRunTable(runTable(reader, query, ALL_ROWS), format),
    metricNames: ({ run }) => metrics.overview(runs.numberOf(run)),
    metricWindow: (query) => metricWindows(reader, query),
    metricTotals: (query) => metricTotals(reader, query),
    curveBands: (query) => curveBands(reader, query),
    parameterHistory: (query) => parameterHistory(reader, query),
    completionSteps: ({ run }) => completions.steps(runs.numberOf(run)),
    completionPrompts: ({ run, step, phase }) =>
      completions.prompts(runs.numberOf(run), step, phase).map(({ minReward, maxReward, ...prompt }) => ({
        ...prompt,
        hasSignal: minReward !== maxReward,
      })),
    rewardCounts: ({ run, step, phase }) => completions.rewardCounts(runs.numberOf(run), step, phase),
    completionGroup: (query) => completionGroup(reader, query),
    searchCompletions: (query) => completions.search(runs.numberOf(query.run), query),
    promptInRuns: (query) => promptInRuns(reader, query),
    compareRuns: (query) => compareRuns(reader, query),
    settingsDifference: ({ runs: ids }) => settingsDifference(runs.withIds(ids)),
    pareto: (query) => paretoAnalysis(reader, query),
    evaluationCurves: (query) => evaluationCurves(reader, query),
    sweepGrid: ({ sweep, cellIntervals }) => {
      const header = runs.sweep(sweep);
      return { ...header, ...sweepGrid(reader, header.id, cellIntervals) };
    },
    settingImportance: (query) => settingImportance(reader, query),
  };
}

function runColumns(reader: StoreReader): HostResult<'runColumns'> {
  const values = new Map<string, Set<unknown>>();
  for (const { config } of reader.runs.all()) {
    for (const [path, value] of settingsOf(config)) {
      const known = values.get(path) ?? new Set();
      values.set(path, known.add(value));
    }
  }
  const tags = [...reader.runs.annotations().values()].flatMap((annotation) => annotation.tags);
  return {
    fields: [...FIELDS],
    accuracies: [...ACCURACIES],
    settings: [...values].map(([path, distinct]) => ({ path, distinctValues: distinct.size })),
    metrics: reader.metrics.names(),
    tags: [...new Set(tags)].sort(),
  };
}
