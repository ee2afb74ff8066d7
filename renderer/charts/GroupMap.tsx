// Which modules share their trained numbers: rows are layers, columns module types, each cell the number of its group.
// Runs in the renderer.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useScheme } from '../app/appearance.ts';
import { formatCount } from '../format.ts';
import { TOKENS, TYPE } from '../theme/tokens.ts';
import type { Scheme } from '../theme/tokens.ts';
import { ChartFrame } from './ChartFrame.tsx';
import { cellInk } from './chart-theme.ts';
import type { ChartOption } from './echarts.ts';

export interface GroupedModule {
  layer: number;
  type: string;
  /** From 0; shown from 1. */
  group: number;
}

/** Columns in the order of execution, under the names that fit. */
const SHORT_NAMES: Record<string, string> = {
  attn_q: 'q',
  attn_k: 'k',
  attn_v: 'v',
  attn_output: 'o',
  ffn_gate: 'gate',
  ffn_up: 'up',
  ffn_down: 'down',
};
const ROW_PX = 15;
const HEAD_PX = 26;
const GAP_PX = 1;

/** `12 of 17, 1 of 6`: how many groups have how many modules, the largest first. */
export function groupSizeText(groupSizes: readonly number[], of: (groups: number, size: number) => string): string {
  const counts = Map.groupBy(groupSizes, (size) => size);
  return [...counts]
    .sort(([left], [right]) => right - left)
    .map(([size, groups]) => of(groups.length, size))
    .join(', ');
}

export interface GroupMapProps {
  modules: readonly GroupedModule[];
  layerCount: number;
  groupSizes: readonly number[];
  fileName: string;
}

export function GroupMap({ modules, layerCount, groupSizes, fileName }: GroupMapProps) {
  const { t } = useTranslation('charts');
  const scheme = useScheme();
  const columns = useMemo(
    () => Object.keys(SHORT_NAMES).filter((type) => modules.some((module) => module.type === type)),
    [modules],
  );
  const option = useMemo(
    () => groupMapOption({ modules, layerCount, columns, scheme, groupName: (group) => t('group', { group }) }),
    [modules, layerCount, columns, scheme, t],
  );
  const walk = useMemo(
    () =>
      membersByGroup(modules).map(([group, members]) => ({
        name: t('group', { group: group + 1 }),
        seriesId: String(group),
        points: members.map((module, dataIndex) => ({ text: t('moduleAt', moduleWords(module)), dataIndex })),
      })),
    [modules, t],
  );
  return (
    <ChartFrame
      title={t('groupMap')}
      summary={t('groupMapSummary', {
        modules: t('modules', { count: modules.length, shown: formatCount(modules.length) }),
        groups: t('groups', { count: groupSizes.length, shown: formatCount(groupSizes.length) }),
        sizes: groupSizeText(groupSizes, (groups, size) => t('groupsOfSize', { groups, size })),
      })}
      drawnPoints={modules.length}
      totalPoints={modules.length}
      table={{
        columns: ['layer', 'module', 'group'],
        rows: modules.map(({ layer, type, group }) => [layer, type, group + 1]),
      }}
      option={option}
      figure={() =>
        groupMapOption({ modules, layerCount, columns, scheme: 'light', groupName: (group) => t('group', { group }) })
      }
      fileName={fileName}
      series={walk}
      heightPx={HEAD_PX + layerCount * ROW_PX + 4}
    />
  );
}

function moduleWords({ layer, type }: GroupedModule): { layer: number; module: string } {
  return { layer, module: SHORT_NAMES[type] ?? type };
}

function membersByGroup(modules: readonly GroupedModule[]): [number, GroupedModule[]][] {
  return [...Map.groupBy(modules, ({ group }) => group)].sort(([left], [right]) => left - right);
}

interface MapDrawing {
  modules: readonly GroupedModule[];
  layerCount: number;
  columns: readonly string[];
  scheme: Scheme;
  groupName: (group: number) => string;
}

/** A series a group, so that pointing at one of its modules lights all of them. */
function groupMapOption({ modules, layerCount, columns, scheme, groupName }: MapDrawing): ChartOption {
  const tints = TOKENS[scheme].groupTints;
  return {
    grid: { left: 28, right: 4, top: HEAD_PX, bottom: 2 },
    xAxis: {
      type: 'category',
      position: 'top',
      data: columns.map((type) => SHORT_NAMES[type] ?? type),
      axisLine: { show: false },
      axisLabel: { interval: 0, hideOverlap: false },
    },
    yAxis: {
      type: 'category',
      inverse: true,
      data: Array.from({ length: layerCount }, (_, layer) => String(layer)),
      axisLine: { show: false },
    },
    tooltip: {
      formatter: ({ data }: { data: [number, number, number] }) =>
        `${groupName(data[2])}<br>${columns[data[0]] ?? ''} ${data[1]}`,
    },
    series: membersByGroup(modules).map(([group, members]) => {
      const tint = tints[group % tints.length] ?? TOKENS[scheme].paper;
      return {
        id: String(group),
        name: groupName(group + 1),
        type: 'custom',
        emphasis: { focus: 'series' },
        data: members.map(({ layer, type }) => [columns.indexOf(type), layer, group + 1]),
        renderItem: (_parameters: unknown, api: CellApi) => drawnCell(api, tint, cellInk(tint, scheme), group + 1),
      };
    }),
  };
}

interface CellApi {
  value: (dimension: number) => number;
  coord: (value: [number, number]) => [number, number];
  size: (value: [number, number]) => [number, number];
}

function drawnCell(api: CellApi, fill: string, ink: string, group: number) {
  const [x, y] = api.coord([api.value(0), api.value(1)]);
  const [width, height] = api.size([1, 1]);
  return {
    type: 'rect',
    shape: { x: x - width / 2, y: y - height / 2, width: width - GAP_PX, height: height - GAP_PX },
    style: { fill },
    emphasis: { style: { stroke: ink, lineWidth: 1 } },
    blur: { style: { opacity: 0.35 } },
    textContent: { style: { text: String(group), fill: ink, fontSize: TYPE.hint[0] } },
    textConfig: { position: 'inside' },
  };
}
