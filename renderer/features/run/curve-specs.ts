// Which charts a run has: their sections, metrics and axes. Pure; runs in the renderer.
export type ChartSection = 'policy' | 'update' | 'machine' | 'other';
export const CHART_SECTIONS: readonly ChartSection[] = ['policy', 'update', 'machine', 'other'];

export type ValueKind = 'measure' | 'rate' | 'memory' | 'count';

export interface CurveLine {
  metric: string;
  /** Ends of the band around it. */
  low?: string;
  high?: string;
  /** Drawn where `metric` was not recorded. */
  instead?: string;
  /** Key of its name; the metric's own name where it is left out. */
  nameKey?: LineNameKey;
}

export type LineNameKey =
  | 'strict'
  | 'lenient'
  | 'format'
  | 'median'
  | 'mean'
  | 'largestAbsolute'
  | 'sampling'
  | 'trainingPass'
  | 'resident'
  | 'deviceUsed';

export type CurveKey =
  | 'reward'
  | 'accuracy'
  | 'length'
  | 'cutOff'
  | 'entropy'
  | 'noSignal'
  | 'klTrainRollout'
  | 'klReference'
  | 'gradientNorm'
  | 'parameterNorm'
  | 'updateNorm'
  | 'loss'
  | 'importance'
  | 'merge'
  | 'tokensPerSecond'
  | 'memory'
  | 'deviceMemory';

export interface CurveSpec {
  /** Of a chart with a name of its own; else the metric's name. */
  id: string;
  titleKey: CurveKey | null;
  unitKey?: 'tokens' | 'nats' | 'tokensPerSecond';
  section: ChartSection;
  lines: readonly CurveLine[];
  values: ValueKind;
  isLogY: boolean;
  /** Draws the evaluations' accuracies as markers. */
  hasEvaluations?: boolean;
  /** Dashed above the lines: the machine's memory, or what this metric says last. */
  limit?: 'machine' | { metric: string };
}

function curve(
  titleKey: CurveKey,
  section: ChartSection,
  lines: readonly CurveLine[],
  rest: Partial<CurveSpec> = {},
): CurveSpec {
  return { id: titleKey, titleKey, section, lines, values: 'measure', isLogY: false, ...rest };
}

/** The charts of every run, in their order; those without a recorded metric are left out where they are drawn. */
export const CURVE_SPECS: readonly CurveSpec[] = [
  curve('reward', 'policy', [{ metric: 'reward/mean' }]),
  curve(
    'accuracy',
    'policy',
    [
      { metric: 'rate/strict', nameKey: 'strict' },
      { metric: 'rate/lenient', nameKey: 'lenient' },
      { metric: 'rate/format', nameKey: 'format' },
    ],
    { values: 'rate', hasEvaluations: true },
  ),
  curve(
    'length',
    'policy',
    [{ metric: 'length/median', low: 'length/p10', high: 'length/p90', instead: 'length/mean', nameKey: 'median' }],
    { unitKey: 'tokens' },
  ),
  curve('cutOff', 'policy', [{ metric: 'length/clippedFraction' }], { values: 'rate' }),
  curve('entropy', 'policy', [{ metric: 'policy/entropy' }], { unitKey: 'nats' }),
  curve('noSignal', 'policy', [{ metric: 'reward/zeroVarianceFraction' }], { values: 'rate' }),
  curve(
    'klTrainRollout',
    'update',
    [
      { metric: 'kl/trainRollout', nameKey: 'mean' },
      { metric: 'kl/trainRolloutMaxAbsolute', nameKey: 'largestAbsolute' },
    ],
    { isLogY: true, unitKey: 'nats' },
  ),
  curve('klReference', 'update', [{ metric: 'kl/reference' }], { isLogY: true, unitKey: 'nats' }),
  curve('gradientNorm', 'update', [{ metric: 'gradient/norm' }]),
  curve('parameterNorm', 'update', [{ metric: 'parameters/norm' }]),
  curve('updateNorm', 'update', [{ metric: 'parameters/updateNorm' }]),
  curve('loss', 'update', [{ metric: 'loss' }]),
  curve('importance', 'update', [
    { metric: 'importance/mean', low: 'importance/min', high: 'importance/max', nameKey: 'mean' },
  ]),
  curve('merge', 'update', [{ metric: 'merge/fidelity' }, { metric: 'merge/changedFraction' }], { values: 'rate' }),
  curve(
    'tokensPerSecond',
    'machine',
    [
      { metric: 'tokensPerSecond/sample', nameKey: 'sampling' },
      { metric: 'tokensPerSecond/pass', nameKey: 'trainingPass' },
    ],
    { unitKey: 'tokensPerSecond' },
  ),
  curve('memory', 'machine', [{ metric: 'memory/residentBytes', nameKey: 'resident' }], {
    values: 'memory',
    limit: 'machine',
  }),
  curve('deviceMemory', 'machine', [{ metric: 'memory/deviceUsedBytes', nameKey: 'deviceUsed' }], {
    values: 'memory',
    limit: { metric: 'memory/deviceTotalBytes' },
  }),
];

/** Metrics that charts other than curves show. */
export const PHASE_METRICS = ['time/sampleMs', 'time/gradeMs', 'time/passMs', 'time/stepMs'] as const;

export function metricsOf(spec: CurveSpec): string[] {
  const limits = typeof spec.limit === 'object' ? [spec.limit.metric] : [];
  const lines = spec.lines.flatMap(({ metric, low, high, instead }) =>
    [metric, low, high, instead].filter((name) => name !== undefined),
  );
  return [...lines, ...limits];
}

/** The charts that a run with these metrics has; a metric that no chart shows gets one of its own. */
export function curvesOf(recorded: readonly string[], hasEvaluations: boolean): CurveSpec[] {
  const names = new Set(recorded);
  const drawn = CURVE_SPECS.filter(
    (spec) => (spec.hasEvaluations && hasEvaluations) || metricsOf(spec).some((name) => names.has(name)),
  );
  const known = new Set<string>([...CURVE_SPECS.flatMap(metricsOf), ...PHASE_METRICS]);
  const others = recorded
    .filter((name) => !known.has(name))
    .map((metric): CurveSpec => ({
      id: metric,
      titleKey: null,
      section: 'other',
      lines: [{ metric }],
      values: 'measure',
      isLogY: false,
    }));
  return [...drawn, ...others];
}
