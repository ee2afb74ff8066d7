// One drawn chart: mounted while it is near the screen, redrawn at most four times a second. Runs in the renderer.
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import Box from '@mui/material/Box';
import { useScheme } from '../app/appearance.ts';
import type { Scheme } from '../theme/tokens.ts';
import { chartTheme } from './chart-theme.ts';
import { connect, init } from './echarts.ts';
import type { ChartOption, ECharts } from './echarts.ts';

const REDRAW_MS = 250;
/** Charts this far outside the screen are kept, so that scrolling shows them drawn. */
const NEAR_SCREEN_MARGIN = '300px';

export interface EChartProps {
  option: ChartOption;
  heightPx: number;
  /** Charts of one group share the crosshair. */
  group?: string | undefined;
  /** With each new chart, and with null when it goes. */
  onChart?: ((chart: ECharts | null) => void) | undefined;
  onPointClick?: ((seriesIndex: number, dataIndex: number, seriesId: string) => void) | undefined;
}

export function EChart({ heightPx, ...props }: EChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const isNear = useIsNearScreen(place);
  return (
    <Box ref={place} sx={{ height: heightPx, width: '100%' }}>
      {isNear && <MountedChart heightPx={heightPx} {...props} />}
    </Box>
  );
}

function MountedChart({ option, heightPx, group, onChart, onPointClick }: EChartProps) {
  const element = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<ECharts | null>(null);
  const scheme = useScheme();
  const areFontsReady = useFontsReady();
  const tellChart = useEffectEvent((value: ECharts | null) => onChart?.(value));
  const tellClick = useEffectEvent((series: number, point: number, id: string) => onPointClick?.(series, point, id));
  const startScheme = useEffectEvent((): Scheme => scheme);

  useEffect(() => {
    if (element.current === null || !areFontsReady) return undefined;
    const created = init(element.current, chartTheme(startScheme()), { renderer: 'canvas' });
    created.on('click', ({ seriesIndex, dataIndex, seriesId }) => {
      if (seriesIndex !== undefined) tellClick(seriesIndex, dataIndex, seriesId ?? '');
    });
    const observer = new ResizeObserver(() => created.resize());
    observer.observe(element.current);
    setChart(created);
    tellChart(created);
    return () => {
      observer.disconnect();
      tellChart(null);
      setChart(null);
      created.dispose();
    };
  }, [areFontsReady]);

  useEffect(() => {
    chart?.setTheme(chartTheme(scheme));
  }, [chart, scheme]);

  useEffect(() => {
    if (chart !== null && group !== undefined) joinGroup(chart, group);
  }, [chart, group]);

  useThrottledOption(chart, option);
  return <Box ref={element} sx={{ height: heightPx, width: '100%' }} />;
}

function joinGroup(chart: ECharts, group: string): void {
  chart.group = group;
  connect(group);
}

/** Draws the newest option: at once after a quiet time, else when the time is over; a hidden window draws nothing. */
function useThrottledOption(chart: ECharts | null, option: ChartOption): void {
  const drawnAtMs = useRef(0);
  useEffect(() => {
    if (chart === null) return undefined;
    const draw = () => {
      if (document.hidden) return;
      drawnAtMs.current = performance.now();
      chart.setOption({ animation: false, ...option }, { notMerge: true });
    };
    const waitMs = Math.max(0, drawnAtMs.current + REDRAW_MS - performance.now());
    const timer = setTimeout(draw, waitMs);
    document.addEventListener('visibilitychange', draw);
    return () => {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', draw);
    };
  }, [chart, option]);
}

function useIsNearScreen(place: React.RefObject<HTMLElement | null>): boolean {
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    if (place.current === null) return undefined;
    const observer = new IntersectionObserver(([entry]) => setNear(entry?.isIntersecting ?? false), {
      rootMargin: NEAR_SCREEN_MARGIN,
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [place]);
  return isNear;
}

/** A canvas draws with the fonts that are there; it does not draw again when others arrive. */
function useFontsReady(): boolean {
  const [areReady, setReady] = useState(document.fonts.status === 'loaded');
  useEffect(() => {
    let isCurrent = true;
    void document.fonts.ready.then(() => isCurrent && setReady(true));
    return () => {
      isCurrent = false;
    };
  }, []);
  return areReady;
}
