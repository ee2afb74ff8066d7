// One run: its state and headline numbers, and behind tabs its charts, completions, configuration and events. Runs in
// the renderer.
import { useCallback, useMemo, useState } from 'react';
import type { SyntheticEvent } from 'react';
import Box from '@mui/material/Box';
import Tab from '@mui/material/Tab';
import Tabs from '@mui/material/Tabs';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { AppError } from '../../../contracts/app-error.ts';
import type { RunOverview } from '../../../contracts/run-overview.ts';
import { shownState } from '../../../contracts/run-state.ts';
import { useCommands } from '../../app/commands.ts';
import { MissingRecord } from '../../app/NotFound.tsx';
import { Page } from '../../app/Page.tsx';
import { useQueryState } from '../../app/query-state.ts';
import { runLabel } from '../../app/run-names.ts';
import { SHORTCUTS } from '../../app/shortcuts.ts';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { StateLabel } from '../../components/StateLabel.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { useRefreshWhileLive } from '../../connection/refresh.ts';
import { AdapterDialog } from './AdapterDialog.tsx';
import { ChartsTab } from './ChartsTab.tsx';
import { CompletionsTab } from './completions/CompletionsTab.tsx';
import { ConfigTab } from './ConfigTab.tsx';
import { EventsTab } from './EventsTab.tsx';
import { Headline } from './Headline.tsx';
import { useRunActions } from './run-actions.ts';
import type { RunActions } from './run-actions.ts';
import { RunBanner } from './RunBanner.tsx';
import { RunButtons, primaryAction } from './RunButtons.tsx';

const TABS = ['charts', 'completions', 'config', 'events'] as const;
type RunTab = (typeof TABS)[number];

/** What grows while the run trains, beside the curves' live points. */
const GROWING = [
  'openRun',
  'metricNames',
  'metricTotals',
  'parameterHistory',
  'completionSteps',
  'completionPrompts',
  'rewardCounts',
] as const;

export function RunPage() {
  const { id = '' } = useParams();
  const { t } = useTranslation('run');
  const overview = useHostQuery('openRun', { id });
  useRefreshWhileLive(overview.data?.run.id ?? null, GROWING);
  if (overview.data !== undefined) return <LoadedRun key={overview.data.run.id} overview={overview.data} />;
  if (overview.error instanceof AppError && overview.error.code === 'NOT_FOUND') return <MissingRecord id={id} />;
  return (
    <Page title={id} crumbs={[{ label: t('home'), to: '/' }]}>
      {overview.error ? (
        <LoadFailed error={overview.error} onRetry={() => void overview.refetch()} />
      ) : (
        <Loading heightPx={480} />
      )}
    </Page>
  );
}

function LoadedRun({ overview }: { overview: RunOverview }) {
  const { t } = useTranslation('run');
  const { run, sweeps } = overview;
  const [tab, setTab] = useQueryState<RunTab>('tab', 'charts');
  const [isTrying, setTrying] = useState(false);
  const actions = useRunActions(overview);
  const tryAdapter = useCallback(() => setTrying(true), []);
  useRunCommands(overview, actions, setTab, tryAdapter);
  const crumbs = [
    { label: t('home'), to: '/' },
    ...sweeps.slice(0, 1).map(({ number, name }) => ({ label: `s${number} ${name}`, to: `/sweeps/s${number}` })),
  ];
  const chosen = TABS.includes(tab) ? tab : 'charts';
  return (
    <Page
      title={`r${run.number} ${runLabel(run)}`}
      crumbs={crumbs}
      titleDetail={<StateLabel state={shownState(run)} />}
      actions={<RunButtons overview={overview} actions={actions} onTryAdapter={tryAdapter} />}
    >
      <RunBanner overview={overview} actions={actions} onShowLog={() => setTab('events')} />
      <Headline overview={overview} />
      <Box sx={{ borderBottom: 1, borderColor: 'divider' }}>
        <Tabs
          value={chosen}
          onChange={(_event: SyntheticEvent, value: RunTab) => setTab(value)}
          aria-label={t('parts')}
        >
          {TABS.map((name) => (
            <Tab key={name} value={name} label={t(`tabs.${name}`)} id={`tab-${name}`} aria-controls={`panel-${name}`} />
          ))}
        </Tabs>
      </Box>
      <Box role="tabpanel" id={`panel-${chosen}`} aria-labelledby={`tab-${chosen}`} sx={{ minWidth: 0 }}>
        {chosen === 'charts' && <ChartsTab overview={overview} />}
        {chosen === 'completions' && <CompletionsTab overview={overview} />}
        {chosen === 'config' && <ConfigTab overview={overview} />}
        {chosen === 'events' && <EventsTab overview={overview} />}
      </Box>
      <AdapterDialog isOpen={isTrying} onClose={() => setTrying(false)} />
    </Page>
  );
}

function useRunCommands(
  overview: RunOverview,
  actions: RunActions,
  setTab: (tab: RunTab) => void,
  onTryAdapter: () => void,
): void {
  const { t } = useTranslation('run');
  const primary = primaryAction(overview);
  const commands = useMemo(() => {
    const isPausing = primary === 'pause' || primary === 'resume';
    return [
      ...(isPausing
        ? [
            {
              id: 'run.pause',
              section: 'do' as const,
              title: t(primary),
              keys: SHORTCUTS.pause.toggle,
              run: primary === 'pause' ? actions.pause : actions.resume,
            },
          ]
        : []),
      ...(primary === 'continue' || primary === 'retry'
        ? [
            {
              id: 'run.retry',
              section: 'do' as const,
              title: t('retry'),
              keys: SHORTCUTS.retry.ask,
              run: actions.resume,
            },
          ]
        : []),
      { id: 'run.copyAdapter', section: 'do' as const, title: t('copyAdapter'), run: actions.copyAdapter },
      { id: 'run.tryAdapter', section: 'do' as const, title: t('tryAdapter'), run: onTryAdapter },
      { id: 'run.exportMetrics', section: 'do' as const, title: t('exportMetrics'), run: actions.exportMetrics },
      { id: 'run.exportRun', section: 'do' as const, title: t('exportRun'), run: actions.exportRun },
      ...TABS.map((tab) => ({
        id: `run.tab.${tab}`,
        section: 'go' as const,
        title: t('showTab', { tab: t(`tabs.${tab}`) }),
        run: () => setTab(tab),
      })),
    ];
  }, [t, actions, primary, setTab, onTryAdapter]);
  useCommands(commands);
}
