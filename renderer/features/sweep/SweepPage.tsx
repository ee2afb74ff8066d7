// One sweep: how far it is, and behind tabs its cells, front, curves and configuration. Runs in the renderer.
import { useMemo, useState } from 'react';
import type { SyntheticEvent } from 'react';
import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { AppError } from '../../../contracts/app-error.ts';
import type { SweepGrid } from '../../../contracts/sweep-grid.ts';
import { useCommands } from '../../app/commands.ts';
import { MissingRecord } from '../../app/NotFound.tsx';
import { Page } from '../../app/Page.tsx';
import { useQueryState } from '../../app/query-state.ts';
import { SHORTCUTS } from '../../app/shortcuts.ts';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatCount } from '../../format.ts';
import { CellsTab } from './CellsTab.tsx';
import { ConfigTab } from './ConfigTab.tsx';
import { CurvesTab } from './CurvesTab.tsx';
import { ExtendDialog } from './ExtendDialog.tsx';
import { MODES, SEEDS_SHOWN } from './score-words.ts';
import type { Mode, SeedsShown } from './score-words.ts';
import { SweepButtons } from './SweepButtons.tsx';
import { SweepFront } from './SweepFront.tsx';
import { useSweepActions } from './sweep-actions.ts';
import type { SweepActions } from './sweep-actions.ts';
import { sweepProgress } from './sweep-layout.ts';
import type { SweepProgress } from './sweep-layout.ts';

const TABS = ['cells', 'front', 'curves', 'config'] as const;
type SweepTab = (typeof TABS)[number];
const FRONT_HEIGHT_PX = 440;

export function SweepPage() {
  const { id = '' } = useParams();
  const { t } = useTranslation('sweep');
  const [seeds, setSeeds] = useQueryState<SeedsShown>('seeds', 't');
  const { data, error, refetch } = useHostQuery(
    'sweepGrid',
    { sweep: id, cellIntervals: seeds === 'each' },
    { placeholderData: keepPreviousData },
  );
  if (data !== undefined)
    return <LoadedSweep key={data.id} sweep={data} seeds={{ shown: seeds, onChange: setSeeds }} />;
  if (error instanceof AppError && error.code === 'NOT_FOUND') return <MissingRecord id={id} />;
  return (
    <Page title={id} crumbs={[{ label: t('home'), to: '/' }]}>
      {error ? <LoadFailed error={error} onRetry={() => void refetch()} /> : <Loading heightPx={480} />}
    </Page>
  );
}

interface SeedsChoice {
  shown: SeedsShown;
  onChange: (shown: SeedsShown) => void;
}

function LoadedSweep({ sweep, seeds }: { sweep: SweepGrid; seeds: SeedsChoice }) {
  const { t } = useTranslation('sweep');
  const [tab, setTab] = useQueryState<SweepTab>('tab', 'cells');
  const [mode, setMode] = useMode(sweep);
  const [isExtending, setExtending] = useState(false);
  const [isExporting, setExporting] = useState(false);
  const actions = useSweepActions(sweep);
  const progress = useMemo(() => sweepProgress(sweep.settings), [sweep]);
  const chosen = TABS.includes(tab) ? tab : 'cells';
  const exportFigure = () => {
    setTab('front');
    setExporting(true);
  };
  useSweepCommands(actions, progress, setTab, setExtending);
  return (
    <Page
      title={`s${sweep.number} ${sweep.name}`}
      crumbs={[{ label: t('home'), to: '/' }]}
      titleDetail={<ProgressText progress={progress} />}
      actions={
        <SweepButtons
          {...{ progress, actions }}
          onExtend={() => setExtending(true)}
          onExportFigure={exportFigure}
          onOpenFront={() => setTab('front')}
        />
      }
    >
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', borderBottom: 1, borderColor: 'divider' }}>
        <Tabs
          value={chosen}
          onChange={(_event: SyntheticEvent, value: SweepTab) => setTab(value)}
          aria-label={t('parts')}
          sx={{ flex: 1 }}
        >
          {TABS.map((name) => (
            <Tab key={name} value={name} label={t(`tabs.${name}`)} id={`tab-${name}`} aria-controls={`panel-${name}`} />
          ))}
        </Tabs>
        {chosen !== 'config' && (
          <Box sx={{ display: 'flex', gap: 3, my: 1 }}>
            <ModeChoice mode={mode} onChange={setMode} />
            {chosen === 'cells' && <SeedsMenu {...seeds} />}
          </Box>
        )}
      </Box>
      <Box role="tabpanel" id={`panel-${chosen}`} aria-labelledby={`tab-${chosen}`} sx={{ minWidth: 0 }}>
        {chosen === 'cells' && <CellsTab sweep={sweep} mode={mode} seeds={seeds.shown} />}
        {chosen === 'front' && (
          <SweepFront
            {...{ sweep, mode }}
            heightPx={FRONT_HEIGHT_PX}
            exporting={{ isOpen: isExporting, onChange: setExporting }}
          />
        )}
        {chosen === 'curves' && <CurvesTab sweep={sweep} mode={mode} />}
        {chosen === 'config' && <ConfigTab sweep={sweep} />}
      </Box>
      {isExtending && <ExtendDialog sweep={sweep} onExtend={actions.extend} onClose={() => setExtending(false)} />}
    </Page>
  );
}

/** Sampled where the address does not say; greedy for a sweep that was evaluated in no other way. */
function useMode({ best }: SweepGrid): [Mode, (mode: Mode) => void] {
  const byItself = best.sampled.length === 0 && best.greedy.length > 0 ? 'greedy' : 'sampled';
  const [mode, setMode] = useQueryState<Mode>('score', byItself);
  return [MODES.includes(mode) ? mode : byItself, setMode];
}

function ModeChoice({ mode, onChange }: { mode: Mode; onChange: (mode: Mode) => void }) {
  const { t } = useTranslation('sweep');
  return (
    <TextField
      select
      label={t('score')}
      value={mode}
      onChange={(event) => onChange(event.target.value as Mode)}
      sx={{ minWidth: 112 }}
    >
      {MODES.map((each) => (
        <MenuItem key={each} value={each}>
          {each}
        </MenuItem>
      ))}
    </TextField>
  );
}

function SeedsMenu({ shown, onChange }: SeedsChoice) {
  const { t } = useTranslation('sweep');
  return (
    <TextField
      select
      label={t('seedsLabel')}
      value={shown}
      onChange={(event) => onChange(event.target.value as SeedsShown)}
      sx={{ minWidth: 148 }}
    >
      {SEEDS_SHOWN.map((each) => (
        <MenuItem key={each} value={each}>
          {t(`seedsShown.${each}`)}
        </MenuItem>
      ))}
    </TextField>
  );
}

/** "14/24 done, 1 failed". */
function ProgressText({ progress: { cells, done, failed } }: { progress: SweepProgress }) {
  const { t } = useTranslation('sweep');
  const text = [
    t('doneOf', { done: formatCount(done), total: formatCount(cells) }),
    ...(failed > 0 ? [t('failedCells', { count: failed })] : []),
  ].join(', ');
  return <Typography color="textSecondary">{text}</Typography>;
}

function useSweepCommands(
  actions: SweepActions,
  { missing }: SweepProgress,
  setTab: (tab: SweepTab) => void,
  setExtending: (isExtending: boolean) => void,
): void {
  const { t } = useTranslation('sweep');
  const commands = useMemo(
    () => [
      {
        id: 'sweep.retry',
        section: 'do' as const,
        title: t('retryMissing', { count: missing }),
        keys: SHORTCUTS.retry.ask,
        ...(missing === 0 ? { disabledReason: t('nothingMissing') } : {}),
        run: actions.retryMissing,
      },
      {
        id: 'sweep.extend',
        section: 'do' as const,
        title: t('extend'),
        keys: SHORTCUTS.extend.open,
        run: () => setExtending(true),
      },
      { id: 'sweep.csv', section: 'do' as const, title: t('exportCsv'), run: () => actions.exportCells('csv') },
      { id: 'sweep.json', section: 'do' as const, title: t('exportJson'), run: () => actions.exportCells('json') },
      ...TABS.map((tab) => ({
        id: `sweep.tab.${tab}`,
        section: 'go' as const,
        title: t('showTab', { tab: t(`tabs.${tab}`) }),
        run: () => setTab(tab),
      })),
    ],
    [t, actions, missing, setTab, setExtending],
  );
  useCommands(commands);
}
