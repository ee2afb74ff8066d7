// The frame of every chart: title and unit, scope, switches, export; below it the summary and how much is drawn; behind
// it a table of the same numbers. One stop for Tab, points by arrow keys. Runs in the renderer.
import { useCallback, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import ToggleButton from '@mui/material/ToggleButton';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { announce } from '../app/announce.ts';
import { EXPORT_COMMAND, useCommands } from '../app/commands.ts';
import type { Command } from '../app/commands.ts';
import { SHORTCUTS, actionOf } from '../app/shortcuts.ts';
import { formatCount } from '../format.ts';
import { ChartTableView } from './ChartTableView.tsx';
import type { ChartTable } from './chart-table.ts';
import { EChart } from './EChart.tsx';
import type { ChartOption, ECharts } from './echarts.ts';
import { ExportDialog } from './ExportDialog.tsx';
import type { FigureOption } from './export.ts';
import { figureWithTexts } from './figure-texts.ts';
import { usePointWalk } from './point-walk.ts';
import type { WalkPlace, WalkSeries } from './point-walk.ts';
import { XZoom } from './XZoom.tsx';

export interface AxisSwitch {
  isLog: boolean;
  onChange: (isLog: boolean) => void;
}

export interface ChartFrameProps {
  title: string;
  unit?: string;
  /** Whose mean and which interval: "mean of 3 seeds, 95% t". */
  scope?: string;
  /** One sentence with the numbers that matter. */
  summary: string;
  /** Points drawn, of so many there are. */
  drawnPoints: number;
  totalPoints: number;
  table: ChartTable;
  /** For the screen. */
  option: ChartOption;
  /** For files, where the colours are light and the line width is chosen. */
  figure: FigureOption;
  fileName: string;
  /** Of figures in files; y has the title where it is left out. */
  axisNames?: { x?: string; y?: string };
  /** Names of the series, for figures in files. */
  legendNames?: readonly string[];
  /** What arrow keys walk through. */
  series: readonly WalkSeries[];
  heightPx?: number;
  /** A chart that needs more than its frame has scrolls sideways within it. */
  leastWidthPx?: number;
  /** Of the title in the page: 2 where no section's heading is above it. */
  headingLevel?: 2 | 3;
  logX?: AxisSwitch;
  logY?: AxisSwitch;
  /** Charts of one group share the crosshair. */
  group?: string;
  /** A range of x was dragged open; null: all of it again. The owner fetches and hands in new points. */
  onZoom?: (range: [number, number] | null) => void;
  onOpenPoint?: (seriesIndex: number, dataIndex: number) => void;
  /** The keyboard walked to a point, or left the chart. */
  onWalkPoint?: (place: WalkPlace | null) => void;
  /** A click chooses instead of opening; Enter still opens. */
  onSelectPoint?: (seriesId: string, dataIndex: number) => void;
  /** With each new drawing, and with null when it goes: for what lies over the chart, or lights up with others. */
  onChart?: (chart: ECharts | null) => void;
  /** Between the head and the chart, as wide as the chart. */
  above?: ReactNode;
  /** Over the chart, in its own coordinates. */
  overlay?: ReactNode;
  /** Where a button of the page opens the export, too. */
  exporting?: { isOpen: boolean; onChange: (isOpen: boolean) => void };
  /** More switches beside Log x and Log y. */
  controls?: ReactNode;
  /** What the lines, bars or colours mean; above the chart. */
  legend?: ReactNode;
}

const HEIGHT_PX = 240;
const EXPANDED_HEIGHT_PX = 560;

/** The palette exports each chart that is shown. */
function useExportCommand(title: string, onExport: (isOpen: boolean) => void): void {
  const { t } = useTranslation('charts');
  const id = useId();
  const commands = useMemo<Command[]>(
    () => [{ id: EXPORT_COMMAND + id, section: 'do', title: t('exportOf', { title }), run: () => onExport(true) }],
    [t, id, title, onExport],
  );
  useCommands(commands);
}

export function ChartFrame(props: ChartFrameProps) {
  const { t } = useTranslation('charts');
  const [isExpanded, setExpanded] = useState(false);
  const [isExportingHere, setExportingHere] = useState(false);
  const { title, fileName, figure, table, exporting } = props;
  const isExporting = exporting?.isOpen ?? isExportingHere;
  const setExporting = exporting?.onChange ?? setExportingHere;
  useExportCommand(title, setExporting);
  return (
    <>
      <FrameBody {...props} onExpand={() => setExpanded(true)} onExport={() => setExporting(true)} />
      <Dialog
        open={isExpanded}
        onClose={() => setExpanded(false)}
        fullWidth
        maxWidth="xl"
        slotProps={{ paper: { 'aria-label': title } }}
      >
        <DialogContent>
          <FrameBody {...props} heightPx={EXPANDED_HEIGHT_PX} onExport={() => setExporting(true)} />
        </DialogContent>
        <DialogActions>
          <Button onClick={() => setExpanded(false)}>{t('close')}</Button>
        </DialogActions>
      </Dialog>
      <ExportDialog
        source={{ fileName, option: figureWithTexts(figure, props), table }}
        isOpen={isExporting}
        onClose={() => setExporting(false)}
      />
    </>
  );
}

interface FrameBodyProps extends ChartFrameProps {
  onExport: () => void;
  /** Missing where it is expanded. */
  onExpand?: () => void;
}

function FrameBody(props: FrameBodyProps) {
  const { title, scope, summary, table, option, heightPx = HEIGHT_PX, group, onZoom, onOpenPoint } = props;
  const { t } = useTranslation('charts');
  const titleId = useId();
  const summaryId = useId();
  const [isTable, setTable] = useState(false);
  const [chart, setChart] = useState<ECharts | null>(null);
  const walk = usePointWalk(chart, props.series, onOpenPoint, props.onWalkPoint);
  const onNewChart = (created: ECharts | null) => {
    setChart(created);
    props.onChart?.(created);
  };
  const resetZoom = useCallback(() => onZoom?.(null), [onZoom]);
  const [contentRef, followFocus] = useContentFocus(isTable);

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { chart: keys } = SHORTCUTS;
    const act = actionOf<(() => void) | undefined>(event.nativeEvent, [
      [
        keys.table,
        () => {
          followFocus();
          setTable((is) => !is);
        },
      ],
      [keys.summary, () => announce(summary)],
      [keys.logY, props.logY && (() => props.logY?.onChange(!props.logY.isLog))],
      [keys.reset, resetZoom],
    ]);
    if (act === undefined && (isTable || !walk(event.key))) return;
    act?.();
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <Box
      component="figure"
      sx={{ m: 0, p: 3, border: 1, borderColor: 'divider', borderRadius: 1, bgcolor: 'background.paper', minWidth: 0 }}
    >
      <FrameHead {...props} titleId={titleId} isTable={isTable} onTable={setTable} />
      {scope !== undefined && (
        <Typography variant="caption" color="textSecondary">
          {scope}
        </Typography>
      )}
      {props.legend}
      <Box ref={contentRef} onKeyDown={onKeyDown}>
        {isTable ? (
          <ChartTableView table={table} title={title} heightPx={heightPx} />
        ) : (
          <Drawing leastWidthPx={props.leastWidthPx}>
            {props.above}
            <Box
              role="group"
              aria-roledescription={t('chart')}
              aria-labelledby={titleId}
              aria-describedby={summaryId}
              tabIndex={0}
              onBlur={() => props.onWalkPoint?.(null)}
              sx={{ position: 'relative', borderRadius: 1 }}
            >
              <EChart
                option={option}
                heightPx={heightPx}
                group={group}
                onChart={onNewChart}
                onPointClick={(seriesIndex, dataIndex, seriesId) => {
                  if (props.onSelectPoint) props.onSelectPoint(seriesId, dataIndex);
                  else onOpenPoint?.(seriesIndex, dataIndex);
                }}
              />
              {props.overlay}
              {onZoom && <XZoom chart={chart} onZoom={onZoom} />}
            </Box>
          </Drawing>
        )}
      </Box>
      <Box component="figcaption" sx={{ display: 'flex', gap: 4, justifyContent: 'space-between', mt: 1 }}>
        <Typography id={summaryId} variant="caption" color="textSecondary">
          {summary}
        </Typography>
        <Typography variant="caption" color="textSecondary" noWrap sx={{ flexShrink: 0 }}>
          {t('pointsOf', { drawn: formatCount(props.drawnPoints), total: formatCount(props.totalPoints) })}
        </Typography>
      </Box>
    </Box>
  );
}

/** The key that turns a chart into its table, or back, takes the focus with it: the next press is heard, too. */
function useContentFocus(isTable: boolean) {
  const ref = useRef<HTMLDivElement>(null);
  const isFollowed = useRef(false);
  useEffect(() => {
    if (!isFollowed.current) return;
    isFollowed.current = false;
    ref.current?.querySelector<HTMLElement>(isTable ? '[role="table"]' : '[role="group"][tabindex="0"]')?.focus();
  }, [isTable]);
  const follow = useCallback(() => {
    isFollowed.current = true;
  }, []);
  return [ref, follow] as const;
}

function Drawing({ leastWidthPx, children }: { leastWidthPx: number | undefined; children: ReactNode }) {
  if (leastWidthPx === undefined) return children;
  return (
    <Box sx={{ overflowX: 'auto' }}>
      <Box sx={{ minWidth: leastWidthPx }}>{children}</Box>
    </Box>
  );
}

interface FrameHeadProps extends FrameBodyProps {
  titleId: string;
  isTable: boolean;
  onTable: (isTable: boolean) => void;
}

function FrameHead({ titleId, isTable, onTable, ...props }: FrameHeadProps) {
  const { t } = useTranslation('charts');
  const { title, unit, logX, logY, controls, headingLevel = 3, onExport, onExpand } = props;
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1 }}>
      <Typography variant="h3" component={`h${headingLevel}`} id={titleId} sx={{ flex: '1 1 auto' }}>
        {title}
        {unit !== undefined && (
          <Typography component="span" variant="body2" color="textSecondary">
            {' '}
            {unit}
          </Typography>
        )}
      </Typography>
      {controls}
      {logX && <FrameSwitch label={t('logX')} isOn={logX.isLog} onChange={logX.onChange} />}
      {logY && <FrameSwitch label={t('logY')} isOn={logY.isLog} onChange={logY.onChange} />}
      <FrameSwitch label={t('table')} isOn={isTable} onChange={onTable} />
      <Button variant="text" size="small" onClick={onExport} aria-label={t('exportOf', { title })}>
        {t('export')}
      </Button>
      {onExpand && (
        <Button variant="text" size="small" onClick={onExpand} aria-label={t('expandOf', { title })}>
          {t('expand')}
        </Button>
      )}
    </Box>
  );
}

interface FrameSwitchProps {
  label: string;
  /** For screen readers, where the label alone does not say of what. */
  name?: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}

/** A button that stays pressed. */
export function FrameSwitch({ label, name, isOn, onChange }: FrameSwitchProps) {
  return (
    <ToggleButton
      value={label}
      aria-label={name}
      selected={isOn}
      onChange={() => onChange(!isOn)}
      size="small"
      color="primary"
      sx={{ minHeight: 24, py: 0, px: 2, border: 0, textTransform: 'none', whiteSpace: 'nowrap' }}
    >
      {label}
    </ToggleButton>
  );
}
