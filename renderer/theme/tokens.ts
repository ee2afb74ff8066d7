// Colours, type, space and run marks of the studio: the only file with colour values. Pure; runs in the renderer.

export type Scheme = 'light' | 'dark';
export const SCHEMES: readonly Scheme[] = ['light', 'dark'];

/** What a run, cell or device can be in; drawn as icon and word. */
export type StatusTone = 'queued' | 'running' | 'done' | 'paused' | 'stopped' | 'failed' | 'lost';

export interface SchemeTokens {
  background: string;
  paper: string;
  /** Sunken under paper in light, raised over it in dark. */
  sunken: string;
  text: string;
  textSecondary: string;
  hint: string;
  controlBorder: string;
  divider: string;
  primary: string;
  onPrimary: string;
  selectedRow: string;
  banner: { warning: string; error: string; good: string };
  status: Record<StatusTone, string>;
  /** Light to dark in light, dark to light in dark: the largest value stands out. */
  sequential: readonly string[];
  /** Blue negative, neutral = paper, orange positive. */
  diverging: readonly string[];
  /** Of groups of modules; a group takes the tint of its number, so that neighbours differ. */
  groupTints: readonly string[];
  /** Ink for text inside cells of the scales and tints; the better contrast is chosen. */
  cellInk: readonly [string, string];
}

export const TOKENS: Record<Scheme, SchemeTokens> = {
  light: {
    background: '#F6F7F9',
    paper: '#FFFFFF',
    sunken: '#EEF0F3',
    text: '#16191D',
    textSecondary: '#4F5862',
    hint: '#5F6771',
    controlBorder: '#7A838D',
    divider: '#DDE1E6',
    primary: '#0B5CAD',
    onPrimary: '#FFFFFF',
    selectedRow: '#E3EEF9',
    banner: { warning: '#FFF4DC', error: '#FDECEA', good: '#E6F4EA' },
    status: {
      queued: '#4F5862',
      running: '#0B5CAD',
      done: '#1A6B3C',
      paused: '#7A5200',
      stopped: '#5A4B8A',
      failed: '#B3261E',
      lost: '#8A3B00',
    },
    sequential: ['#EEF7FC', '#B6D8EB', '#75BADC', '#3B99CC', '#2075B0', '#1F5389', '#193460'],
    diverging: ['#6DB0F4', '#A0CCFA', '#CEE4FC', '#FFFFFF', '#F8E0C9', '#F7C294', '#F29E5B'],
    groupTints: ['#D3E5F8', '#F8DFC0', '#CDEBD9', '#E5D6F3', '#F7D2DE', '#C9E7EA', '#ECEAB8', '#DEE1E6'],
    cellInk: ['#16191D', '#FFFFFF'],
  },
  dark: {
    background: '#111417',
    paper: '#181C20',
    sunken: '#20252B',
    text: '#E8EBEE',
    textSecondary: '#B0B8C0',
    hint: '#98A2AC',
    controlBorder: '#7F8A95',
    divider: '#2E353C',
    primary: '#7DB7F0',
    onPrimary: '#0C1A28',
    selectedRow: '#1B3350',
    banner: { warning: '#3A2E10', error: '#3A1A1A', good: '#16301F' },
    status: {
      queued: '#B0B8C0',
      running: '#7DB7F0',
      done: '#6CC48D',
      paused: '#E0B040',
      stopped: '#B9A9E8',
      failed: '#FF8A80',
      lost: '#F2A368',
    },
    sequential: ['#1E2735', '#2A4364', '#356391', '#3F87B9', '#57ACD9', '#8ACFEC', '#CBEFF9'],
    diverging: ['#285E9F', '#254974', '#203147', '#181C20', '#442D1A', '#673B15', '#8C4A11'],
    groupTints: ['#1F3F60', '#523812', '#1C4A33', '#40295E', '#55233A', '#124A4F', '#474513', '#3C434B'],
    cellInk: ['#E8EBEE', '#0C0E10'],
  },
};

/** Sets of eight run colours. `studio` keeps the slots furthest apart in normal, protan, deutan and tritan view. */
export type RunPalette = 'studio' | 'okabe-ito' | 'tol-bright';
export const RUN_PALETTES: readonly RunPalette[] = ['studio', 'okabe-ito', 'tol-bright'];

/** Okabe and Ito (2008), black given as the scheme's ink. */
const OKABE_ITO = ['#0072B2', '#E69F00', '#009E73', '#CC79A7', '#56B4E9', '#D55E00', '#F0E442'];
/** Paul Tol's "bright" scheme (2021), its grey last but one. */
const TOL_BRIGHT = ['#4477AA', '#EE6677', '#228833', '#CCBB44', '#66CCEE', '#AA3377', '#BBBBBB'];

const RUN_COLOURS: Record<RunPalette, Record<Scheme, readonly string[]>> = {
  studio: {
    light: ['#036AE2', '#9B530F', '#09A578', '#5B0A99', '#CF73A6', '#175459', '#A09300', '#780002'],
    dark: ['#87B3F9', '#E98103', '#578C6D', '#995ECD', '#ECA8C0', '#6FFDFE', '#E4ED71', '#D23E3B'],
  },
  'okabe-ito': {
    light: [...OKABE_ITO, TOKENS.light.text],
    dark: [...OKABE_ITO, TOKENS.dark.text],
  },
  'tol-bright': {
    light: [...TOL_BRIGHT, TOKENS.light.text],
    dark: [...TOL_BRIGHT, TOKENS.dark.text],
  },
};

export type MarkerShape = 'circle' | 'square' | 'triangle' | 'diamond' | 'triangle-down' | 'plus' | 'star' | 'pentagon';

const MARKERS: readonly MarkerShape[] = [
  'circle',
  'square',
  'triangle',
  'diamond',
  'triangle-down',
  'plus',
  'star',
  'pentagon',
];

/** Lengths of stroke and gap in pixels; empty: solid. */
const DASHES: readonly (readonly number[])[] = [
  [],
  [10, 3],
  [2, 3],
  [10, 3, 2, 3],
  [5, 2],
  [14, 4],
  [1, 2],
  [10, 3, 2, 3, 2, 3],
];
export const BASELINE_DASH: readonly number[] = [6, 4];

export const SLOT_COUNT = MARKERS.length;

/** How one run is told from the others wherever it is drawn. */
export interface RunMark {
  color: string;
  marker: MarkerShape;
  dash: readonly number[];
}

/** @param slot from 0; from the ninth on colours and markers repeat, each time with the next dash */
export function runMark(slot: number, scheme: Scheme, palette: RunPalette = 'studio'): RunMark {
  const hue = slot % SLOT_COUNT;
  const round = Math.floor(slot / SLOT_COUNT);
  return {
    color: RUN_COLOURS[palette][scheme][hue] ?? TOKENS[scheme].text,
    marker: MARKERS[hue] ?? 'circle',
    dash: DASHES[(hue + round) % SLOT_COUNT] ?? [],
  };
}

export const FONTS = {
  interface: "'IBM Plex Sans Variable', 'Noto Sans SC Variable', system-ui, sans-serif",
  /** Tokens, YAML, logs; ligatures are switched off where it is used. */
  code: "'JetBrains Mono Variable', 'Noto Sans SC Variable', ui-monospace, monospace",
} as const;

/** Size and line height in px. */
export const TYPE = {
  headline: [28, 32],
  page: [20, 28],
  section: [16, 24],
  input: [14, 20],
  body: [13, 20],
  table: [12, 16],
  hint: [11, 16],
} as const;

export const RADIUS_PX = 6;
export const FOCUS_RING_PX = 2;
export const MOTION_MS = 120;

export type Density = 'compact' | 'standard' | 'comfortable';
export const ROW_HEIGHT_PX: Record<Density, number> = { compact: 26, standard: 32, comfortable: 40 };

export const LAYOUT = {
  railPx: 200,
  railNarrowPx: 56,
  /** Under this width the rail shows icons and the strip its three most important parts. */
  railNarrowBelowPx: 1200,
  stripNarrowBelowPx: 1100,
  stripPx: 28,
  threeColumnsFromPx: 1600,
  pagePaddingPx: 24,
} as const;
