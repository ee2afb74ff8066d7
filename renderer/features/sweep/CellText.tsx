// What stands in one place of the grid: the result with its interval and its seeds, or how far the cells are. Runs in the
// renderer.
import Box from '@mui/material/Box';
import type { TFunction } from 'i18next';
import type { ShownState } from '../../../contracts/run-state.ts';
import type { SettingScore, SweepGridCell, SweepGridSetting } from '../../../contracts/sweep-grid.ts';
import { StateLabel } from '../../components/StateLabel.tsx';
import { useLiveRun } from '../../connection/live-run.ts';
import { formatCount, formatRate } from '../../format.ts';
import type { Mode, SeedsShown } from './score-words.ts';
import { cellScoreText, scoreText } from './score-words.ts';
import { countStates } from './sweep-layout.ts';

const UNFINISHED: readonly ShownState[] = ['running', 'queued', 'paused', 'failed', 'lost', 'stopped'];

interface CellTextProps {
  setting: SweepGridSetting;
  mode: Mode;
  seeds: SeedsShown;
}

export function CellText({ setting, mode, seeds }: CellTextProps) {
  const score = setting[mode];
  const counts = countStates([setting]);
  const unfinished = UNFINISHED.filter((state) => counts.has(state));
  const running = setting.cells.find(({ state }) => state === 'running');
  return (
    <Box component="span" sx={{ display: 'inline-flex', alignItems: 'center', gap: 1, whiteSpace: 'nowrap' }}>
      {score !== null && seeds === 'each' && <span>{eachSeedText(setting, mode)}</span>}
      {score !== null && seeds === 't' && (
        <span>
          {scoreText(score)} <Box component="span" className="seeds">{`(${formatCount(score.seeds)})`}</Box>
        </span>
      )}
      {score === null && counts.has('done') && <StateCount state="done" count={counts.get('done') ?? 0} />}
      {unfinished.map((state) =>
        state === 'running' && running !== undefined && score === null ? (
          <RunningCell key={state} cell={running} />
        ) : (
          <StateCount key={state} state={state} count={counts.get(state) ?? 0} />
        ),
      )}
    </Box>
  );
}

/** `54.1% · 52.0% · 56.3%`, by seed. */
function eachSeedText({ cells }: SweepGridSetting, mode: Mode): string {
  return cells
    .flatMap(({ [mode]: score }) => (score === null ? [] : [formatRate(score.value, score.problems * score.samples)]))
    .join(' · ');
}

function StateCount({ state, count }: { state: ShownState; count: number }) {
  return (
    <Box component="span" sx={{ display: 'inline-flex', alignItems: 'center', gap: '2px' }}>
      <StateLabel state={state} iconOnly />
      {formatCount(count)}
    </Box>
  );
}

/** `s1 62/114`, as the host tells of its steps. */
function RunningCell({ cell }: { cell: SweepGridCell }) {
  const { step } = useLiveRun(cell.runId, cell.totalSteps);
  return (
    <Box component="span" sx={{ display: 'inline-flex', alignItems: 'center', gap: 1 }}>
      <StateLabel state="running" iconOnly />
      {`s${cell.seed} ${formatCount(Math.max(step, cell.lastStep))}/${formatCount(cell.totalSteps)}`}
    </Box>
  );
}

/** The place in words: "sampled 38.1% ±2.6, 3 seeds; 1 failed". @param stateWord of the shell's texts */
export function cellWords(
  setting: SweepGridSetting,
  mode: Mode,
  seeds: SeedsShown,
  t: TFunction<'sweep'>,
  stateWord: (state: ShownState) => string,
): string {
  const score = setting[mode];
  const result = score === null ? [] : [scoreWords(setting, score, mode, seeds, t)];
  const states = [...countStates([setting])]
    .filter(([state]) => state !== 'done' || score === null)
    .map(([state, count]) => t('stateCount', { state: stateWord(state), count: formatCount(count) }));
  return [setting.label, [...result, ...states].join('; ')].join(': ');
}

function scoreWords(
  { cells }: SweepGridSetting,
  score: SettingScore,
  mode: Mode,
  seeds: SeedsShown,
  t: TFunction<'sweep'>,
): string {
  if (seeds === 't') return `${mode} ${scoreText(score)}, ${t('seeds', { count: score.seeds })}`;
  const each = cells.flatMap(({ seed, [mode]: own }) =>
    own === null ? [] : [t('ofSeed', { seed: String(seed), score: cellScoreText(own) })],
  );
  return `${mode} ${each.join(', ')}`;
}
