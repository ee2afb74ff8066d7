// One chart of a run's curves: smoothed over raw, bands, evaluations, marks. Runs in the renderer.
import { useMemo } from 'react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { EvaluationOverview } from '../../../contracts/run-overview.ts';
import { useScheme } from '../../app/appearance.ts';
import { LineChart } from '../../charts/LineChart.tsx';
import type { LinePoint, LineSeries } from '../../charts/line-series.ts';
import { usePreferences } from '../../connection/preferences.ts';
import { formatCount, formatMeasure, formatMemory, formatRate } from '../../format.ts';
import { runMark } from '../../theme/tokens.ts';
import type { RunMark } from '../../theme/tokens.ts';
import type { CurveLine, CurveSpec, ValueKind } from './curve-specs.ts';
import { curvePoints, curveSummary, smoothed } from './curves.ts';
import type { Curve, XAxis } from './curves.ts';
import type { StepAxis } from './use-run-curves.ts';

/** What all charts of the page share. */
export interface ChartLook {
  fileName: string;
  axis: XAxis;
  steps: StepAxis;
  smoothing: number;
  /** In steps. */
  zoom: readonly [number, number] | null;
  onZoom: (range: [number, number] | null) => void;
  evaluations: readonly EvaluationOverview[];
  /** Completions behind a rate of one step. */
  completionsPerStep: number;
  machineMemoryBytes: number | null;
}

export interface CurveChartProps {
  spec: CurveSpec;
  curves: ReadonlyMap<string, Curve>;
  look: ChartLook;
  isLogY: boolean;
  onLogY: (isLog: boolean) => void;
}

type Translate = TFunction<'run'>;

export function CurveChart({ spec, curves, look, isLogY, onLogY }: CurveChartProps) {
  const { t } = useTranslation('run');
  const scheme = useScheme();
  const { palette } = usePreferences();
  const { axis, steps, zoom, onZoom } = look;
  const formatValue = useMemo(() => valueFormat(spec.values, look.completionsPerStep), [spec.values, look]);
  const drawn = useMemo(() => recordedLines(spec, curves), [spec, curves]);
  const limit = limitOf(spec, curves, look);
  const lines = useMemo(() => {
    const mark = (slot: number) => runMark(slot, scheme, palette);
    return [
      ...drawn.flatMap((line, slot) => curveLines(line, mark(slot), look, lineName(spec, line.line, t))),
      ...(spec.hasEvaluations ? evaluationLines(look, mark, drawn.length, t) : []),
      ...(limit === null
        ? []
        : limitLine(
            limit,
            drawn,
            look,
            mark(7),
            t(spec.limit === 'machine' ? 'lines.machineLimit' : 'lines.deviceLimit'),
          )),
    ];
  }, [drawn, look, scheme, palette, spec, limit, t]);
  const evaluationCount = spec.hasEvaluations ? look.evaluations.length : 0;
  const total = drawn.reduce((sum, { curve }) => sum + curve.totalPoints + curve.marks.length, evaluationCount);
  return (
    <LineChart
      title={spec.titleKey === null ? spec.id : t(`charts.${spec.titleKey}`)}
      unit={spec.unitKey && t(`units.${spec.unitKey}`)}
      scope={scopeOf(spec, drawn, { smoothing: look.smoothing, isLogY }, t)}
      summary={summaryOf(spec, drawn, formatValue, limit, t)}
      totalPoints={total}
      lines={lines}
      xName={t(`x.${axis}`)}
      formatValue={formatValue}
      zoom={zoom && [steps.xOf(zoom[0]), steps.xOf(zoom[1])]}
      onZoom={onZoom}
      logY={{ isLog: isLogY, onChange: onLogY }}
      group="run"
      fileName={`${look.fileName}-${spec.id.replaceAll('/', '-')}`}
    />
  );
}

interface DrawnLine {
  line: CurveLine;
  curve: Curve;
  band: { low: Curve; high: Curve } | undefined;
}

function recordedLines(spec: CurveSpec, curves: ReadonlyMap<string, Curve>): DrawnLine[] {
  const recorded = (name: string | undefined) => {
    const curve = name === undefined ? undefined : curves.get(name);
    return curve && curve.totalPoints + curve.marks.length > 0 ? curve : undefined;
  };
  return spec.lines.flatMap((line) => {
    const own = recorded(line.metric);
    const curve = own ?? recorded(line.instead);
    if (curve === undefined) return [];
    const low = own && recorded(line.low);
    const high = own && recorded(line.high);
    const name = own === undefined ? { ...line, nameKey: 'mean' as const } : line;
    return [{ line: name, curve, band: low && high ? { low, high } : undefined }];
  });
}

/** A line without a name of its own has that of its chart, or its metric's where the chart has several. */
function lineName({ titleKey, lines }: CurveSpec, { metric, nameKey }: CurveLine, t: Translate): string {
  if (nameKey !== undefined) return t(`lines.${nameKey}`);
  return titleKey === null || lines.length > 1 ? metric : t(`charts.${titleKey}`);
}

/** The curve, or behind its smoothed self. */
function curveLines({ line, curve, band }: DrawnLine, mark: RunMark, look: ChartLook, name: string): LineSeries[] {
  const id = line.metric;
  const raw: LineSeries = { id, name, mark, kind: 'line', points: curvePoints(curve, look.steps.xOf, band) };
  if (look.smoothing === 0) return [raw];
  const points = curvePoints({ ...smoothed(curve, look.smoothing), marks: [] }, look.steps.xOf);
  return [
    { ...raw, isBackground: true },
    { id: `${id}-smoothed`, name, mark, kind: 'line', points, isDerived: true },
  ];
}

function evaluationLines(
  { evaluations, steps, zoom }: ChartLook,
  mark: (slot: number) => RunMark,
  firstSlot: number,
  t: Translate,
): LineSeries[] {
  return (['sampled', 'greedy'] as const).flatMap((mode, index) => {
    const points = evaluations
      .filter((entry) => entry.mode === mode && (zoom === null || (entry.step >= zoom[0] && entry.step <= zoom[1])))
      .map(({ step, accuracy, interval, problems }): LinePoint => ({
        x: steps.xOf(step),
        y: accuracy,
        low: interval.low,
        high: interval.high,
        n: problems,
      }));
    if (points.length === 0) return [];
    const name = t('lines.evaluation', { mode });
    return [{ id: `evaluation-${mode}`, name, mark: mark(firstSlot + index), kind: 'markers' as const, points }];
  });
}

/** Null where there is none, or where it is not known. */
function limitOf({ limit }: CurveSpec, curves: ReadonlyMap<string, Curve>, look: ChartLook): number | null {
  if (limit === undefined) return null;
  return limit === 'machine' ? look.machineMemoryBytes : (curves.get(limit.metric)?.values.at(-1) ?? null);
}

function limitLine(
  limit: number,
  drawn: readonly DrawnLine[],
  { steps }: ChartLook,
  mark: RunMark,
  name: string,
): LineSeries[] {
  const allSteps = drawn
    .flatMap(({ curve }) => [curve.steps[0], curve.steps.at(-1)])
    .filter((step) => step !== undefined);
  if (allSteps.length === 0) return [];
  const points = [Math.min(...allSteps), Math.max(...allSteps)].map((step) => ({ x: steps.xOf(step), y: limit }));
  return [{ id: 'limit', name, mark, kind: 'line', points, isBaseline: true, isDerived: true }];
}

function valueFormat(kind: ValueKind, completions: number): (value: number) => string {
  const formats: Record<ValueKind, (value: number) => string> = {
    measure: (value) => formatMeasure(value),
    rate: (value) => formatRate(value, completions),
    memory: (value) => formatMemory(value),
    count: (value) => formatCount(value),
  };
  return formats[kind];
}

interface ScopeLook {
  smoothing: number;
  isLogY: boolean;
}

function scopeOf(spec: CurveSpec, drawn: readonly DrawnLine[], { smoothing, isLogY }: ScopeLook, t: Translate): string {
  const parts = [t('oneSeed')];
  const [first] = drawn;
  if (first?.band) parts.push(t(spec.titleKey === 'length' ? 'bandPercentiles' : 'bandRange'));
  if (isLogY && drawn.some(({ curve }) => curve.values.some((value) => value <= 0))) parts.push(t('floorIs'));
  if (spec.hasEvaluations) parts.push(t('markersAre'));
  if (smoothing > 0) parts.push(t('smoothedBy', { smoothing: formatMeasure(smoothing, 2) }));
  return parts.join(' · ');
}

/** One sentence with the numbers of the chart's first line, and every NaN of any. */
function summaryOf(
  spec: CurveSpec,
  drawn: readonly DrawnLine[],
  formatValue: (value: number) => string,
  limit: number | null,
  t: Translate,
): string {
  const [first] = drawn;
  const summary = first && curveSummary(first.curve);
  const marks = drawn.reduce((sum, { curve }) => sum + curve.marks.length, 0);
  if (first === undefined || !summary) {
    return marks > 0 ? t('summary.onlyNaN', { count: marks }) : t('summary.nothing');
  }
  const values = {
    name: lineName(spec, first.line, t),
    first: formatValue(summary.first),
    last: formatValue(summary.last),
    low: formatValue(summary.low),
    high: formatValue(summary.high),
    highStep: formatCount(summary.highStep),
    steps: formatCount(summary.lastStep),
    marks: formatCount(marks),
  };
  if (spec.titleKey === 'klTrainRollout') return t('summary.kl', values);
  if (limit !== null) return t('summary.memory', { ...values, limit: formatValue(limit) });
  const isBest = spec.titleKey === 'reward' || spec.titleKey === 'accuracy';
  return t(isBest ? 'summary.reward' : 'summary.curve', values);
}
