// The front of one or more sweeps: what a setting costs against what it reaches. Runs in the renderer.
import { useCallback, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ParetoPoint, ParetoResult } from '../../../contracts/analysis.ts';
import { useScheme } from '../../app/appearance.ts';
import {
  formatCount,
  formatDifference,
  formatFileSize,
  formatMeasure,
  formatRate,
  formatRateInterval,
} from '../../format.ts';
import { ChartFrame } from '../ChartFrame.tsx';
import type { ChartFrameProps } from '../ChartFrame.tsx';
import { SCREEN_STYLE } from '../chart-theme.ts';
import { useChartWidth } from '../chart-size.ts';
import type { ECharts } from '../echarts.ts';
import type { FigureLook } from '../export.ts';
import type { Scheme } from '../../theme/tokens.ts';
import { useLinkedPoints } from '../linked-points.ts';
import type { PointLink } from '../linked-points.ts';
import type { FrontBrush } from './front-brush.ts';
import { FrontBrushLayer } from './FrontBrushLayer.tsx';
import type { FrontBrushLayerProps } from './FrontBrushLayer.tsx';
import { MARK_CLASSES, drawnClasses, drawnKinds, formatAxisValue, paretoMarks, paretoTable } from './pareto-marks.ts';
import type { ParetoMark } from './pareto-marks.ts';
import { isRate, paretoOption } from './pareto-option.ts';
import { ParetoLegend } from './ParetoLegend.tsx';
import { shortPointLabel, valueText } from './point-words.ts';

export interface ParetoChartProps extends Pick<
  ChartFrameProps,
  'title' | 'logX' | 'heightPx' | 'controls' | 'fileName' | 'exporting'
> {
  result: ParetoResult;
  xName: string;
  yName: string;
  selected: ReadonlySet<string>;
  /** Keys of the points that filters leave; null: all. */
  shown?: ReadonlySet<string> | null;
  /** Whole sentence below the chart. */
  summary: string;
  /** Settings there are, drawn or not. */
  totalPoints: number;
  link?: PointLink;
  /** What of it is brushed, and what happens when an area is dragged open with Shift. */
  brush?: FrontBrush | null;
  onBrush?: FrontBrushLayerProps['onBrush'];
  onSelect: (point: ParetoPoint) => void;
  onOpen: (point: ParetoPoint) => void;
  /** Colour in place of the class's own, e.g. by a setting. */
  colorOf?: (scheme: Scheme) => (point: ParetoPoint) => string;
}

const INITIAL_WIDTH_PX = 640;
const HEIGHT_PX = 380;
const NOTHING_HIDDEN = null;
const NO_BRUSH = null;

export function ParetoChart(props: ParetoChartProps) {
  const { result, selected, shown = NOTHING_HIDDEN, xName, yName, link, onSelect, onOpen, colorOf } = props;
  const { brush = NO_BRUSH, onBrush } = props;
  const { heightPx = HEIGHT_PX, logX, title, summary, totalPoints, fileName, controls, exporting } = props;
  const scheme = useScheme();
  const [widthPx, measureChart] = useChartWidth(INITIAL_WIDTH_PX);
  const [chart, setChart] = useState<ECharts | null>(null);
  const describe = useDescription();
  const { t } = useTranslation('charts');
  const isLogX = logX?.isLog ?? false;
  const marks = useMemo(() => paretoMarks(result, { selected, shown }), [result, selected, shown]);
  const build = useCallback(
    (look: FigureLook, drawnScheme: Scheme, shownBrush: FrontBrush | null) =>
      paretoOption(result, marks, {
        ...look,
        ...{ scheme: drawnScheme, logX: isLogX, xName, yName, describe },
        formatY: (value, n) => (isRate(result) ? formatRate(value, n) : formatMeasure(value)),
        labelOf: (point) => shortPointLabel(point, result, selected.has(point.key)),
        baselineLabel: (label, value) =>
          `${label === 'untrained' ? t('pareto.untrained') : label} ${valueText(value, result)}`,
        className: (markClass) => t(`pareto.classes.${markClass}`),
        colorOf: colorOf?.(drawnScheme) ?? null,
        brush: shownBrush,
      }),
    [result, marks, isLogX, xName, yName, describe, selected, t, colorOf],
  );
  const option = useMemo(
    () => build({ ...SCREEN_STYLE, widthPx, heightPx }, scheme, brush),
    [build, widthPx, heightPx, scheme, brush],
  );
  const table = useMemo(() => paretoTable(marks, result), [marks, result]);
  const classes = useMemo(() => markClasses(marks), [marks]);
  const walk = useMemo(
    () =>
      classes
        .filter(({ own }) => own.length > 0)
        .toReversed()
        .map(({ markClass, own }) => ({
          name: t(`pareto.classes.${markClass}`),
          seriesId: markClass,
          points: own.map(({ point }, dataIndex) => ({ text: describe(point).join(', '), dataIndex })),
        })),
    [classes, describe, t],
  );
  const points = useMemo(
    () =>
      classes.flatMap(({ markClass, own }) =>
        own.map(({ point: { key } }, dataIndex) => ({ key, seriesId: markClass, dataIndex })),
      ),
    [classes],
  );
  const legendNames = useMemo(
    () => [
      ...drawnClasses(marks).map((markClass) => t(`pareto.classes.${markClass}`)),
      ...drawnKinds(marks).map(({ name }) => name),
    ],
    [marks, t],
  );
  const linkChart = useLinkedPoints(points, link);
  const pointAt = (seriesId: string | undefined, dataIndex: number) =>
    classes.find(({ markClass }) => markClass === seriesId)?.own[dataIndex]?.point;
  return (
    <ChartFrame
      {...{ title, summary, table, option, totalPoints, fileName, controls, heightPx, logX, exporting }}
      headingLevel={2}
      scope={t('pareto.method', { ...result.method, resamples: formatCount(result.method.resamples) })}
      drawnPoints={marks.length}
      legend={<ParetoLegend marks={marks} />}
      legendNames={legendNames}
      figure={(look) => build(look, 'light', NO_BRUSH)}
      series={walk}
      overlay={onBrush && <FrontBrushLayer {...{ chart, isLogX, onBrush }} />}
      onChart={(created) => {
        setChart(created);
        measureChart(created);
        linkChart(created);
      }}
      onWalkPoint={(place) => {
        const point = place && pointAt(place.seriesId, place.dataIndex);
        link?.onHover(point?.key ?? null);
      }}
      onSelectPoint={(seriesId, dataIndex) => {
        const point = pointAt(seriesId, dataIndex);
        if (point) onSelect(point);
      }}
      onOpenPoint={(walkIndex, dataIndex) => {
        const point = pointAt(walk[walkIndex]?.seriesId, dataIndex);
        if (point) onOpen(point);
      }}
    />
  );
}

function markClasses(marks: readonly ParetoMark[]) {
  return MARK_CLASSES.map((markClass) => ({ markClass, own: marks.filter((mark) => mark.class === markClass) }));
}

/** What a tooltip and a screen reader say of a point. */
function useDescription(): (point: ParetoPoint) => string[] {
  const { t } = useTranslation('charts');
  return useCallback(
    (point: ParetoPoint) => {
      const estimate = (name: string, accuracy: ParetoPoint['sampled']) => {
        if (accuracy === null) return [];
        const { value, interval, problems, samples } = accuracy;
        const n = problems * samples;
        const text = `${name} ${formatRate(value, n)} ${formatRateInterval(interval.low, interval.high, n)}`;
        return [`${text}, n ${formatCount(problems)}${samples > 1 ? ` × ${formatCount(samples)}` : ''}`];
      };
      const { gain } = point;
      const size = [
        point.numbers === null
          ? []
          : [t('pareto.numbers', { count: point.numbers, numbers: formatCount(point.numbers) })],
        point.bytes === null ? [] : [formatFileSize(point.bytes)],
      ].flat();
      return [
        point.label,
        ...(size.length > 0 ? [size.join(' · ')] : []),
        ...estimate('sampled', point.sampled),
        ...estimate('greedy', point.greedy),
        ...(gain === null
          ? []
          : [
              `gain ${formatDifference(gain.value, 200)} ${formatRateInterval(gain.interval.low, gain.interval.high, 200)}`,
            ]),
        t('pareto.seeds', { count: point.seeds.length, seeds: point.seeds.map(formatAxisValue).join(', ') }),
        ...(point.frontShare === null ? [] : [t('pareto.frontShare', { share: formatRate(point.frontShare, 1000) })]),
        ...point.notes,
      ];
    },
    [t],
  );
}
