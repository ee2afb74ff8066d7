// The cells of a sweep as a grid, the best of them, what the chosen one consists of, and the front so far. Runs in the
// renderer.
import { useMemo, useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink, useNavigate } from 'react-router';
import { shownState } from '../../../contracts/run-state.ts';
import type { SettingScore, SweepGrid, SweepGridSetting } from '../../../contracts/sweep-grid.ts';
import { useQueryState } from '../../app/query-state.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { StateLabel } from '../../components/StateLabel.tsx';
import { useLiveRun } from '../../connection/live-run.ts';
import { formatCount, formatEstimate } from '../../format.ts';
import { CellGrid } from './CellGrid.tsx';
import { MODES, cellScoreText, gainText, scoreText } from './score-words.ts';
import type { Mode, SeedsShown } from './score-words.ts';
import { SweepFront } from './SweepFront.tsx';
import { gridLayout, settingOfRun } from './sweep-layout.ts';

const FRONT_HEIGHT_PX = 260;

interface CellsTabProps {
  sweep: SweepGrid;
  mode: Mode;
  seeds: SeedsShown;
}

export function CellsTab({ sweep, mode, seeds }: CellsTabProps) {
  const { t } = useTranslation('sweep');
  const navigate = useNavigate();
  const [selectedRun, setSelectedRun] = useQueryState<string>('sel', '');
  const [hoveredRun, setHoveredRun] = useState<string | null>(null);
  const layout = useMemo(() => gridLayout(sweep), [sweep]);
  const selected = settingOfRun(sweep.settings, selectedRun) ?? null;
  const hovered = hoveredRun === null ? null : (settingOfRun(sweep.settings, hoveredRun) ?? null);
  const best = sweep.settings[sweep.best[mode][0] ?? -1] ?? null;
  const isDone = sweep.settings.some(({ cells }) => cells.some(({ state }) => state === 'done'));
  /** One run is its own screen; of several seeds the list is shown first. */
  const choose = (setting: SweepGridSetting) => {
    const [first, ...others] = setting.cells;
    if (first === undefined) return;
    if (others.length === 0) void navigate(`/runs/r${first.number}`);
    else setSelectedRun(setting === selected ? '' : `r${first.number}`);
  };
  const open = ({ cells }: SweepGridSetting) =>
    void navigate(cells.length === 1 ? `/runs/r${cells[0]?.number ?? 0}` : comparePath(cells));
  return (
    <Box sx={{ display: 'grid', gap: 4, minWidth: 0 }}>
      {!isDone && <NothingFinished sweep={sweep} />}
      <Box sx={{ display: 'grid', gap: 4, gridTemplateColumns: { xs: 'minmax(0, 1fr)', lg: 'minmax(0, 1fr) 400px' } }}>
        <Box sx={{ display: 'grid', gap: 3, minWidth: 0, alignContent: 'start' }}>
          <CellGrid
            label={t('tabs.cells')}
            {...{ layout, mode, seeds, selected, best, hovered }}
            onHover={(setting) => setHoveredRun(setting?.cells[0]?.runId ?? null)}
            onChoose={choose}
            onOpen={open}
          />
          {best && <BestLine setting={best} mode={mode} />}
          {selected && <SelectedCells setting={selected} mode={mode} />}
        </Box>
        {isDone && (
          <SweepFront {...{ sweep, mode, hoveredRun }} heightPx={FRONT_HEIGHT_PX} onHoverRun={setHoveredRun} />
        )}
      </Box>
    </Box>
  );
}

function comparePath(cells: SweepGridSetting['cells']): string {
  return `/compare?runs=${cells.map(({ number }) => `r${number}`).join(',')}`;
}

/** Setting, both accuracies, gain with its interval, seeds. */
function BestLine({ setting, mode }: { setting: SweepGridSetting; mode: Mode }) {
  const { t } = useTranslation('sweep');
  const gain = gainText(setting[mode]);
  return (
    <Typography>
      <Box component="strong" sx={{ mr: 2 }}>
        {t('best', { mode })}
      </Box>
      {[
        setting.label,
        ...MODES.flatMap((each) =>
          setting[each] === null ? [] : [`${t(`accuracyOf.${each}`)} ${namedScore(setting[each], t)}`],
        ),
        ...(gain === null
          ? []
          : [
              t('gain', {
                gain,
                kind: t(`intervals.${setting[mode]?.gain?.interval.kind ?? 'student-over-problems'}`),
              }),
            ]),
        t('seeds', { count: setting[mode]?.seeds ?? 0 }),
        t('problems', { count: setting[mode]?.problems ?? 0, text: formatCount(setting[mode]?.problems) }),
      ].join(' · ')}
    </Typography>
  );
}

/** With the kind of its interval in words. */
function namedScore(score: SettingScore, t: TFunction<'sweep'>): string {
  return score.interval === null ? scoreText(score) : `${scoreText(score)} ${t(`intervals.${score.interval.kind}`)}`;
}

function SelectedCells({ setting, mode }: { setting: SweepGridSetting; mode: Mode }) {
  const { t } = useTranslation('sweep');
  return (
    <Box
      component="section"
      aria-labelledby="sweep-selected"
      sx={{ border: 1, borderColor: 'divider', borderRadius: 1, bgcolor: 'background.paper', p: 4 }}
    >
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 3, alignItems: 'center' }}>
        <Typography variant="h2" id="sweep-selected" sx={{ flex: 1 }}>
          {setting.label}
        </Typography>
        <Button size="small" component={RouterLink} to={comparePath(setting.cells)}>
          {t('compare', { count: setting.cells.length })}
        </Button>
      </Box>
      <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1, mt: 2 }}>
        {setting.cells.map((cell) => (
          <Box component="li" key={cell.runId} sx={{ display: 'flex', flexWrap: 'wrap', columnGap: 3 }}>
            <Link component={RouterLink} to={`/runs/r${cell.number}`}>
              {t('runOfSeed', { run: `r${cell.number}`, seed: String(cell.seed) })}
            </Link>
            <StateLabel state={shownState(cell)} />
            <Typography color="textSecondary">
              {t('stepOf', { step: formatCount(cell.lastStep), total: formatCount(cell.totalSteps) })}
            </Typography>
            {cell[mode] && <Typography>{`${t(`accuracyOf.${mode}`)} ${cellScoreText(cell[mode])}`}</Typography>}
            {cell.failure && (
              <Typography sx={{ color: 'error.main', overflowWrap: 'anywhere' }}>{cell.failure.message}</Typography>
            )}
          </Box>
        ))}
      </Box>
    </Box>
  );
}

/** With the time of the first result, as far as the running cell tells. */
function NothingFinished({ sweep }: { sweep: SweepGrid }) {
  const { t } = useTranslation('sweep');
  const running = sweep.settings.flatMap(({ cells }) => cells).find(({ state }) => state === 'running');
  const { remainingMs } = useLiveRun(running?.runId ?? '', running?.totalSteps);
  const hint =
    running === undefined
      ? t('firstResultWaits')
      : remainingMs === null
        ? t('firstResultEstimating')
        : t('firstResult', { duration: formatEstimate(remainingMs) });
  return (
    <EmptyState
      text={`${t('noneFinished')} ${hint}`}
      actions={
        running === undefined && (
          <Button component={RouterLink} to="/">
            {t('openQueue')}
          </Button>
        )
      }
    />
  );
}
