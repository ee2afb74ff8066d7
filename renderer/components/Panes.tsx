// Panes beside each other with a separator that drags, moves by arrow keys and resets by double click; the host keeps
// their sizes. Runs in the renderer.
import { Fragment } from 'react';
import type { ReactNode } from 'react';
import { styled } from '@mui/material/styles';
import { useTranslation } from 'react-i18next';
import { Group, Panel, Separator } from 'react-resizable-panels';
import { usePreferences, useSetPreferences } from '../connection/preferences.ts';

export interface Pane {
  id: string;
  /** In percent. */
  defaultSize: number;
  minimumPx: number;
  content: ReactNode;
}

const StudioSeparator = styled(Separator)(({ theme }) => ({
  width: 9,
  margin: '0 4px',
  borderRadius: 2,
  background: `linear-gradient(${theme.vars?.palette.divider}) center / 1px 100% no-repeat`,
  '&:hover, &:focus-visible': { background: theme.vars?.palette.divider },
}));

/** @param name under which the sizes are kept, e.g. `run` */
export function Panes({ name, panes }: { name: string; panes: readonly Pane[] }) {
  const { t } = useTranslation();
  const sizes = usePreferences().panes[name];
  const setPreferences = useSetPreferences();
  return (
    <Group
      id={`panes-${name}`}
      orientation="horizontal"
      defaultLayout={sizes}
      onLayoutChanged={(layout, { isUserInteraction }) => {
        if (isUserInteraction) setPreferences({ panes: { [name]: layout } });
      }}
    >
      {panes.map(({ id, defaultSize, minimumPx, content }, index) => (
        <Fragment key={id}>
          {index > 0 && <StudioSeparator aria-label={t('resizePanes')} />}
          <Panel id={id} defaultSize={`${defaultSize}%`} minSize={minimumPx}>
            {content}
          </Panel>
        </Fragment>
      ))}
    </Group>
  );
}
