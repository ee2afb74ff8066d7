// A run's charts by section, with one x axis, smoothing, zoom and crosshair for all of them. Runs in the renderer.
import { useCallback, useDeferredValue, useMemo, useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { RunOverview } from '../../../contracts/run-overview.ts';
import { useQueryList, useQueryState } from '../../app/query-state.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { ChartToolbar } from './ChartToolbar.tsx';
import { CHART_SECTIONS, curvesOf, metricsOf } from './curve-specs.ts';
import type { ChartSection, CurveSpec } from './curve-specs.ts';
import type { XAxis } from './curves.ts';
import { CurveChart } from './CurveChart.tsx';
import type { ChartLook } from './CurveChart.tsx';
import { useLiveSteps } from './live-steps.ts';
import { ParametersChart } from './ParametersChart.tsx';
import { PhasesChart, hasPhases } from './PhasesChart.tsx';
import { RewardChart } from './RewardChart.tsx';
import { useCompletionStep } from '../../app/completion-step.ts';
import { parseZoom, useRefreshCurves, useRunCurves, useStepAxis } from './use-run-curves.ts';

/** Charts of metrics without a name of their own that are shown before more are asked for. */
const OTHERS_AT_FIRST = 12;

type SpecialName = 'rewards' | 'parameters' | 'phases';
const SPECIAL_CHARTS: readonly { chart: SpecialName; section: ChartSection }[] = [
  { chart: 'rewards', section: 'policy' },
  { chart: 'parameters', section: 'update' },
  { chart: 'phases', section: 'machine' },
];

const GRID = {
  display: 'grid',
  gap: 4,
  gridTemplateColumns: {
    xs: 'minmax(0, 1fr)',
    md: 'repeat(2, minmax(0, 1fr))',
    xl: 'repeat(3, minmax(0, 1fr))',
  },
  alignItems: 'start',
};

export function ChartsTab({ overview }: { overview: RunOverview }) {
  const { t } = useTranslation('run');
  const runId = overview.run.id;
  const names = useHostQuery('metricNames', { run: runId });
  const [find] = useQueryState<string>('find', '');
  const refresh = useRefreshCurves();
  const live = useLiveSteps(runId, refresh);
  const recorded = useMemo(() => {
    const known = (names.data ?? []).map(({ name }) => name);
    // A run that has just begun: its first events name what is stored meanwhile.
    return [...new Set([...known, ...live.slice(-1).flatMap(({ values }) => Object.keys(values))])];
  }, [names.data, live]);
  const [othersShown, setOthersShown] = useState(OTHERS_AT_FIRST);
  const found = useFoundCharts(recorded, find, overview.evaluations.length > 0);
  const special = useSpecialCharts(overview, recorded, find);
  const specs = [...found.named, ...found.others.slice(0, othersShown)];
  const { look, isPending, error, refetch, curves } = useChartLook(overview, specs, live);

  if (names.error) return <LoadFailed error={names.error} onRetry={() => void names.refetch()} />;
  if (names.data === undefined || isPending) return <Loading heightPx={480} />;
  if (error) return <LoadFailed error={error} onRetry={refetch} />;
  if (recorded.length === 0 && overview.evaluations.length === 0) return <NothingYet overview={overview} />;
  return (
    <Box sx={{ display: 'grid', gap: 4, gridTemplateColumns: 'minmax(0, 1fr)' }}>
      <ChartToolbar shown={specs.length + special.length} isLive={overview.run.state === 'running'} />
      {CHART_SECTIONS.map((section) => (
        <Section
          key={section}
          section={section}
          specs={specs.filter((spec) => spec.section === section)}
          special={SPECIAL_CHARTS.flatMap((entry) =>
            entry.section === section && special.includes(entry.chart) ? [entry.chart] : [],
          )}
          context={{ overview, curves, look }}
        />
      ))}
      {found.others.length > othersShown && (
        <Button sx={{ justifySelf: 'start' }} onClick={() => setOthersShown((shown) => shown + OTHERS_AT_FIRST)}>
          {t('moreCharts', { count: found.others.length - othersShown })}
        </Button>
      )}
      {specs.length + special.length === 0 && <EmptyState text={t('noChartFound', { query: find })} />}
    </Box>
  );
}

/** Charts whose title or metrics hold what was typed. */
function useFoundCharts(
  recorded: readonly string[],
  find: string,
  hasEvaluations: boolean,
): { named: CurveSpec[]; others: CurveSpec[] } {
  const { t } = useTranslation('run');
  const key = recorded.join('\n');
  const query = useDeferredValue(find).trim().toLowerCase();
  return useMemo(() => {
    const title = ({ titleKey, id }: CurveSpec) => (titleKey === null ? id : t(`charts.${titleKey}`));
    const matches = (spec: CurveSpec) =>
      [title(spec), ...metricsOf(spec)].some((text) => text.toLowerCase().includes(query));
    const specs = curvesOf(key === '' ? [] : key.split('\n'), hasEvaluations).filter(matches);
    return {
      named: specs.filter(({ section }) => section !== 'other'),
      others: specs.filter(({ section }) => section === 'other'),
    };
  }, [key, query, t, hasEvaluations]);
}

/** Charts that are no curves, where the run has something to draw and their title holds what was typed. */
function useSpecialCharts(overview: RunOverview, recorded: readonly string[], find: string): readonly SpecialName[] {
  const { t } = useTranslation('run');
  const { step } = useCompletionStep(overview.run.id, 'train');
  const query = useDeferredValue(find).trim().toLowerCase();
  const isThere: Record<SpecialName, boolean> = {
    rewards: step !== null,
    parameters: recorded.includes('parameters/norm'),
    phases: hasPhases(recorded),
  };
  return SPECIAL_CHARTS.flatMap(({ chart }) =>
    isThere[chart] && t(`charts.${chart}`).toLowerCase().includes(query) ? [chart] : [],
  );
}

/** Fetches what the charts draw, and what all of them share. */
function useChartLook(overview: RunOverview, specs: readonly CurveSpec[], live: ReturnType<typeof useLiveSteps>) {
  const { run, evaluations, config } = overview;
  const [axis] = useQueryState<XAxis>('x', 'step');
  const [smoothing] = useQueryState<string>('smooth', '0');
  const [zoomText, setZoomText] = useQueryState<string>('zoom', '');
  const zoom = useMemo(() => parseZoom(zoomText), [zoomText]);
  const names = useMemo(() => [...new Set(specs.flatMap(metricsOf))].sort(), [specs]);
  const answer = useRunCurves(run.id, names, zoom, live);
  const steps = useStepAxis(run.id, axis, live);
  const machineMemoryBytes = useHostQuery('studioStatus', {}).data?.memory.totalBytes ?? null;
  const onZoom = useCallback(
    (range: [number, number] | null) => {
      if (range === null) setZoomText('');
      else setZoomText(`${Math.max(0, Math.floor(steps.stepOf(range[0])))}-${Math.ceil(steps.stepOf(range[1]))}`);
    },
    [steps, setZoomText],
  );
  const look = useMemo(
    (): ChartLook => ({
      ...{ axis, steps, zoom, onZoom, evaluations },
      fileName: `r${run.number}`,
      smoothing: Number(smoothing) || 0,
      completionsPerStep: config.promptsPerStep * config.samplesPerPrompt,
      machineMemoryBytes,
    }),
    [axis, steps, zoom, onZoom, evaluations, run.number, smoothing, config, machineMemoryBytes],
  );
  return { look, ...answer };
}

interface SectionContext {
  overview: RunOverview;
  curves: ReturnType<typeof useRunCurves>['curves'];
  look: ChartLook;
}

interface SectionProps {
  section: ChartSection;
  specs: readonly CurveSpec[];
  special: readonly SpecialName[];
  context: SectionContext;
}

function Section({ section, specs, special, context }: SectionProps) {
  const { t } = useTranslation('run');
  const [closed, setClosed] = useQueryList('closed');
  const [toggledLog, setToggledLog] = useQueryList('logs');
  const [isAllLog] = useQueryState<string>('logy', '0');
  if (specs.length + special.length === 0) return null;
  const isOpen = !closed.includes(section);
  const toggle = (list: readonly string[], entry: string) =>
    list.includes(entry) ? list.filter((other) => other !== entry) : [...list, entry];
  return (
    <Box component="section" aria-labelledby={`section-${section}`} sx={{ minWidth: 0 }}>
      <Typography variant="h2" id={`section-${section}`} sx={{ mb: 2 }}>
        <Button
          variant="text"
          aria-expanded={isOpen}
          onClick={() => setClosed(toggle(closed, section))}
          sx={{ typography: 'h2', color: 'text.primary', px: 1, ml: -1 }}
        >
          <Box component="span" aria-hidden sx={{ width: 20, textAlign: 'left' }}>
            {isOpen ? '▾' : '▸'}
          </Box>
          {t(`sections.${section}`)}
        </Button>
      </Typography>
      {isOpen && (
        <Box sx={GRID}>
          {specs.map((spec) => (
            <CurveChart
              key={spec.id}
              spec={spec}
              curves={context.curves}
              look={context.look}
              isLogY={(spec.isLogY || isAllLog === '1') !== toggledLog.includes(spec.id)}
              onLogY={() => setToggledLog(toggle(toggledLog, spec.id))}
            />
          ))}
          {special.map((chart) => (
            <SpecialChart key={chart} chart={chart} context={context} />
          ))}
        </Box>
      )}
    </Box>
  );
}

function SpecialChart({ chart, context }: { chart: SpecialName; context: SectionContext }) {
  const { overview, look } = context;
  const { run, evaluations } = overview;
  const [, setZoomText] = useQueryState<string>('zoom', '');
  const { steps, step, setStep } = useCompletionStep(run.id, 'train');
  const { fileName, zoom } = look;
  switch (chart) {
    case 'phases':
      return <PhasesChart runId={run.id} evaluations={evaluations} fileName={fileName} />;
    case 'parameters': {
      const onZoom = (range: [number, number] | null) => setZoomText(range === null ? '' : range.join('-'));
      return <ParametersChart runId={run.id} zoom={zoom} onZoom={onZoom} fileName={fileName} />;
    }
    case 'rewards':
      return step === null ? null : (
        <RewardChart runId={run.id} steps={steps} step={step} onStep={setStep} fileName={fileName} />
      );
  }
}

/** Before the first number. */
function NothingYet({ overview }: { overview: RunOverview }) {
  const { t } = useTranslation('run');
  const { state } = overview.run;
  const text = state === 'running' ? t('measuringStepZero') : state === 'queued' ? t('waits') : t('noNumbers');
  return <EmptyState text={text} />;
}
