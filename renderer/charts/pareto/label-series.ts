// Labels of baselines at the right edge and of points beside them, moved apart once the chart knows its size. Pure; runs
// in the renderer.
import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams, CustomSeriesRenderItemReturn } from 'echarts';
import { TOKENS } from '../../theme/tokens.ts';
import { toPosition } from '../axis-scale.ts';
import { placeLabels, textWidth } from '../place-labels.ts';
import type { Box, LabelRequest, PlacedLabel } from '../place-labels.ts';
import type { ParetoLook } from './pareto-look.ts';
import type { ParetoMark } from './pareto-marks.ts';

const LINE_HEIGHT_EM = 1.3;
const PADDING_PX = 3;
/** A point's own room that no label may take. */
const POINT_PX = 12;

interface Label {
  text: string;
  color: string;
  /** In the axes' positions. */
  at: [number, number];
  side: LabelRequest['side'];
}

export interface BaselineLabel {
  label: string;
  value: number;
}

/** @param maxX the right end of the x axis, in positions */
export function labelSeries(
  marks: readonly ParetoMark[],
  baselines: readonly BaselineLabel[],
  look: ParetoLook,
  maxX: number,
) {
  const tokens = TOKENS[look.scheme];
  const named = marks.filter((mark) => mark.isSelected || mark.class !== 'dominated');
  // The selected first: they get the nearest places.
  const ordered = named.toSorted((left, right) => Number(right.isSelected) - Number(left.isSelected));
  const labels: Label[] = [
    ...baselines.map(({ label, value }): Label => ({
      ...{ text: label, color: tokens.textSecondary, at: [maxX, value], side: 'right-edge' },
    })),
    ...ordered.map(({ point, x, y }): Label => ({
      ...{ text: look.labelOf(point), color: tokens.text, at: [toPosition(x, look.logX), y], side: 'point' },
    })),
  ];
  let placed: (PlacedLabel | null)[] = [];
  return {
    ...{ id: 'labels', type: 'custom', silent: true, z: 6 },
    data: labels.map(({ at }) => at),
    renderItem: (
      { dataIndex, coordSys }: CustomSeriesRenderItemParams,
      api: CustomSeriesRenderItemAPI,
    ): CustomSeriesRenderItemReturn => {
      // Each drawing begins with the first label.
      if (dataIndex === 0) placed = layOut(labels, marks, look, api, coordSys as unknown as Box);
      const [label, place] = [labels[dataIndex], placed[dataIndex]];
      if (label === undefined || !place) return null;
      return drawLabel(label, place, api, tokens.paper);
    },
  };
}

function layOut(
  labels: readonly Label[],
  marks: readonly ParetoMark[],
  look: ParetoLook,
  api: CustomSeriesRenderItemAPI,
  bounds: Box,
): (PlacedLabel | null)[] {
  const pixels = ([x, y]: readonly [number, number]) => {
    const [pixelX = 0, pixelY = 0] = api.coord([x, y]);
    return { x: pixelX, y: pixelY };
  };
  const obstacles = marks
    .filter((mark) => mark.hasWhisker)
    .map(({ x, y }): Box => {
      const center = pixels([toPosition(x, look.logX), y]);
      return { x: center.x - POINT_PX / 2, y: center.y - POINT_PX / 2, width: POINT_PX, height: POINT_PX };
    });
  const requests = labels.map(({ text, at, side }): LabelRequest => ({
    ...pixels(at),
    width: textWidth(text, look.fontSizePx) + 2 * PADDING_PX,
    height: look.fontSizePx * LINE_HEIGHT_EM,
    side,
  }));
  return placeLabels(requests, obstacles, bounds);
}

function drawLabel(label: Label, place: PlacedLabel, api: CustomSeriesRenderItemAPI, paper: string) {
  const [pointX = 0, pointY = 0] = api.coord(label.at);
  const isEdge = label.side === 'right-edge';
  const middleY = place.y + place.height / 2;
  const text = {
    type: 'text' as const,
    style: {
      text: label.text,
      x: isEdge ? place.x + place.width - PADDING_PX : place.x + place.width / 2,
      y: middleY,
      align: isEdge ? ('right' as const) : ('center' as const),
      verticalAlign: 'middle' as const,
      fill: label.color,
      font: api.font({}),
      backgroundColor: paper,
      padding: [0, PADDING_PX],
      opacity: 0.94,
    },
  };
  if (!place.isFar || isEdge) return { type: 'group' as const, children: [text] };
  const leader = {
    type: 'line' as const,
    shape: {
      x1: pointX,
      y1: pointY,
      x2: Math.max(place.x, Math.min(pointX, place.x + place.width)),
      y2: middleY,
    },
    style: { stroke: label.color, lineWidth: 0.75, opacity: 0.5 },
  };
  return { type: 'group' as const, children: [leader, text] };
}
