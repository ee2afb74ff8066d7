// Where the rail and the G keys lead. Runs in the renderer.
import type { ComponentType } from 'react';
import CompareIcon from '@mui/icons-material/CompareArrows';
import HomeIcon from '@mui/icons-material/HomeOutlined';
import RunsIcon from '@mui/icons-material/ListAlt';
import PlaygroundIcon from '@mui/icons-material/ForumOutlined';
import ModelsIcon from '@mui/icons-material/Inventory2Outlined';
import SettingsIcon from '@mui/icons-material/SettingsOutlined';
import ParetoIcon from '@mui/icons-material/StackedLineChart';
import type { SvgIconProps } from '@mui/material/SvgIcon';

export interface Place {
  name: 'home' | 'runs' | 'compare' | 'pareto' | 'playground' | 'models' | 'settings';
  path: string;
  /** Addresses of the same place that begin otherwise. */
  also?: readonly string[];
  /** After G. */
  key: string;
  Icon: ComponentType<SvgIconProps>;
}

export const PLACES: readonly Place[] = [
  { name: 'home', path: '/', key: 'h', Icon: HomeIcon },
  { name: 'runs', path: '/runs', key: 'r', Icon: RunsIcon },
  { name: 'compare', path: '/compare', key: 'c', Icon: CompareIcon },
  { name: 'pareto', path: '/pareto', key: 'p', Icon: ParetoIcon },
  { name: 'playground', path: '/playground', key: 'l', Icon: PlaygroundIcon },
  { name: 'models', path: '/models', also: ['/data', '/disk'], key: 'm', Icon: ModelsIcon },
  { name: 'settings', path: '/settings', also: ['/doctor'], key: 's', Icon: SettingsIcon },
];

export const NEW_SWEEP_PATH = '/sweeps/new';
