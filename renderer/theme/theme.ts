// The MUI theme, made from the tokens. Runs in the renderer.
import { createTheme } from '@mui/material/styles';
import type { PaletteOptions, ThemeOptions } from '@mui/material/styles';
import { FOCUS_RING_PX, FONTS, MOTION_MS, RADIUS_PX, TOKENS, TYPE } from './tokens.ts';
import type { Scheme, StatusTone } from './tokens.ts';

declare module '@mui/material/styles' {
  interface Palette {
    status: Record<StatusTone, string>;
    studio: { sunken: string; hint: string; controlBorder: string; selectedRow: string };
    banner: { warning: string; error: string; good: string };
  }
  interface PaletteOptions {
    status: Record<StatusTone, string>;
    studio: { sunken: string; hint: string; controlBorder: string; selectedRow: string };
    banner: { warning: string; error: string; good: string };
  }
}

function palette(scheme: Scheme): PaletteOptions {
  const tokens = TOKENS[scheme];
  return {
    mode: scheme,
    // MUI darkens a button under the pointer by 1.5 times this; its default leaves the text under 4.5 on dark.
    tonalOffset: 0.1,
    background: { default: tokens.background, paper: tokens.paper },
    text: { primary: tokens.text, secondary: tokens.textSecondary, disabled: tokens.hint },
    divider: tokens.divider,
    primary: { main: tokens.primary, contrastText: tokens.onPrimary },
    error: { main: tokens.status.failed, contrastText: tokens.paper },
    warning: { main: tokens.status.paused, contrastText: tokens.paper },
    success: { main: tokens.status.done, contrastText: tokens.paper },
    info: { main: tokens.primary, contrastText: tokens.onPrimary },
    status: tokens.status,
    studio: {
      sunken: tokens.sunken,
      hint: tokens.hint,
      controlBorder: tokens.controlBorder,
      selectedRow: tokens.selectedRow,
    },
    banner: tokens.banner,
  };
}

function typeStyle([size, line]: readonly [number, number], fontWeight = 400) {
  return { fontSize: `${size / 16}rem`, lineHeight: `${line / 16}rem`, fontWeight, letterSpacing: 0 };
}

const typography: ThemeOptions['typography'] = {
  fontFamily: FONTS.interface,
  h1: typeStyle(TYPE.page, 600),
  h2: typeStyle(TYPE.section, 600),
  h3: typeStyle(TYPE.input, 600),
  h4: typeStyle(TYPE.headline, 600),
  body1: typeStyle(TYPE.body),
  body2: typeStyle(TYPE.table),
  caption: typeStyle(TYPE.hint),
  button: { ...typeStyle(TYPE.body, 500), textTransform: 'none' },
};

const focusRing = {
  outline: `${FOCUS_RING_PX}px solid var(--mui-palette-primary-main)`,
  outlineOffset: `${FOCUS_RING_PX}px`,
};

const components: ThemeOptions['components'] = {
  MuiCssBaseline: {
    styleOverrides: {
      'html, body, #root': { height: '100%' },
      body: { fontFamily: FONTS.interface, ...typeStyle(TYPE.body) },
      ':focus-visible': focusRing,
      'code, pre, .code': { fontFamily: FONTS.code, fontVariantLigatures: 'none' },
      '@media (prefers-reduced-motion: reduce)': {
        '*, *::before, *::after': { animationDuration: '0s !important', transitionDuration: '0s !important' },
      },
    },
  },
  MuiButtonBase: {
    defaultProps: { disableRipple: true },
    styleOverrides: { root: { '&.Mui-focusVisible, &:focus-visible': focusRing } },
  },
  MuiButton: {
    defaultProps: { disableElevation: true, variant: 'outlined' },
    styleOverrides: {
      root: ({ theme }) => ({
        minHeight: 32,
        padding: '4px 12px',
        whiteSpace: 'nowrap',
        variants: [
          { props: { variant: 'outlined' }, style: { borderColor: theme.vars?.palette.studio.controlBorder } },
          { props: { size: 'small' }, style: { minHeight: 24, padding: '1px 8px' } },
          { props: { variant: 'text' }, style: { minWidth: 0 } },
        ],
      }),
    },
  },
  MuiIconButton: { defaultProps: { size: 'small' }, styleOverrides: { root: { minWidth: 24, minHeight: 24 } } },
  MuiPaper: { defaultProps: { elevation: 0 }, styleOverrides: { root: { backgroundImage: 'none' } } },
  MuiCard: { defaultProps: { variant: 'outlined' } },
  MuiTextField: { defaultProps: { size: 'small' } },
  MuiOutlinedInput: {
    styleOverrides: {
      root: typeStyle(TYPE.input),
      input: { paddingTop: 6, paddingBottom: 6, height: 20, boxSizing: 'content-box' },
      notchedOutline: ({ theme }) => ({ borderColor: theme.vars?.palette.studio.controlBorder }),
    },
  },
  MuiSelect: { defaultProps: { size: 'small' } },
  MuiAutocomplete: { styleOverrides: { inputRoot: { paddingTop: 1, paddingBottom: 1 } } },
  MuiToggleButton: { styleOverrides: { root: ({ theme }) => ({ color: theme.vars?.palette.text.secondary }) } },
  MuiTooltip: {
    defaultProps: { arrow: true, enterDelay: 400 },
    styleOverrides: { tooltip: typeStyle(TYPE.table) },
  },
  MuiTableCell: { styleOverrides: { root: { ...typeStyle(TYPE.table), padding: '4px 8px' } } },
  MuiTabs: { styleOverrides: { root: { minHeight: 36 } } },
  MuiTab: { styleOverrides: { root: { minHeight: 36, padding: '6px 12px', textTransform: 'none' } } },
  MuiMenuItem: { styleOverrides: { root: { minHeight: 32 } } },
  MuiLink: { defaultProps: { underline: 'hover' } },
  MuiDialogTitle: { styleOverrides: { root: typeStyle(TYPE.section, 600) } },
  MuiAlert: { styleOverrides: { root: { padding: '4px 12px' } } },
};

/** Follows `data-theme` on the document's root, so that a switch repaints without rendering anew. */
export const theme = createTheme({
  cssVariables: { colorSchemeSelector: 'data-theme' },
  colorSchemes: { light: { palette: palette('light') }, dark: { palette: palette('dark') } },
  spacing: 4,
  shape: { borderRadius: RADIUS_PX },
  typography,
  components,
  transitions: {
    duration: {
      shortest: MOTION_MS,
      shorter: MOTION_MS,
      short: MOTION_MS,
      standard: MOTION_MS,
      complex: MOTION_MS,
      enteringScreen: MOTION_MS,
      leavingScreen: MOTION_MS,
    },
  },
  breakpoints: { values: { xs: 0, sm: 900, md: 1100, lg: 1200, xl: 1600 } },
});
