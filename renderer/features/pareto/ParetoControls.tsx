// Which sweeps, which objectives: the head of the Pareto screen. Runs in the renderer.
import AddIcon from '@mui/icons-material/Add';
import Box from '@mui/material/Box';
import Chip from '@mui/material/Chip';
import { useTranslation } from 'react-i18next';
import type { SweepSummary } from '../../../contracts/sweep-report.ts';
import { FrameSwitch } from '../../charts/ChartFrame.tsx';
import { Choice } from '../../components/Choice.tsx';
import { MenuButton } from '../../components/MenuButton.tsx';
import { PLACES_OF_SCORE, SCORES, X_CHOICES, Y_CHOICES, Z_CHOICES } from './objectives.ts';
import type { ParetoState } from './pareto-state.ts';

export interface ParetoControlsProps {
  state: ParetoState;
  chosen: readonly SweepSummary[];
  /** All there are. */
  sweeps: readonly SweepSummary[];
}

export function ParetoControls({ state, chosen, sweeps }: ParetoControlsProps) {
  const { t } = useTranslation('pareto');
  const { choice, choose, frontOf, setFrontOf } = state;
  const names = chosen.map(({ number }) => `s${number}`);
  const others = sweeps.filter((sweep) => !chosen.includes(sweep));
  const isAccuracy = choice.y === 'accuracy';
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 3 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'center' }}>
        {chosen.map(({ number, name, id }) => (
          <Chip
            key={id}
            label={`s${number} ${name}`}
            onDelete={
              names.length > 1 ? () => state.setNamed(names.filter((other) => other !== `s${number}`)) : undefined
            }
          />
        ))}
        <AddSweep others={others} onAdd={(name) => state.setNamed([...names, name])} />
      </Box>
      <Choice
        label="x"
        value={choice.x}
        choices={X_CHOICES}
        text={(x) => t(`axes.${x}`)}
        onChange={(x) => choose({ x })}
      />
      <Choice
        label="y"
        value={choice.y}
        choices={Y_CHOICES}
        text={(y) => t(`axes.${y}`)}
        onChange={(y) => choose({ y })}
      />
      {isAccuracy && (
        <>
          <Choice
            label={t('score')}
            value={choice.score}
            choices={SCORES}
            text={(score) => score}
            onChange={(score) => choose({ score })}
          />
          <Choice
            label={t('at')}
            value={choice.at}
            choices={PLACES_OF_SCORE}
            text={(at) => t(`places.${at}`)}
            onChange={(at) => choose({ at })}
          />
        </>
      )}
      <Choice
        label={t('third')}
        value={choice.z}
        choices={Z_CHOICES.filter((z) => z === 'none' || (z !== choice.x && z !== choice.y))}
        text={(z) => t(`axes.${z}`)}
        onChange={(z) => choose({ z })}
      />
      {choice.z !== 'none' && (
        <FrameSwitch
          label={t('frontOfAll')}
          isOn={frontOf === 'all'}
          onChange={(isOn) => setFrontOf(isOn ? 'all' : 'view')}
        />
      )}
    </Box>
  );
}

function AddSweep({ others, onAdd }: { others: readonly SweepSummary[]; onAdd: (name: string) => void }) {
  const { t } = useTranslation('pareto');
  if (others.length === 0) return null;
  return (
    <MenuButton
      variant="text"
      startIcon={<AddIcon fontSize="small" />}
      actions={others.map(({ number, name }) => ({ label: `s${number} ${name}`, run: () => onAdd(`s${number}`) }))}
    >
      {t('addSweep')}
    </MenuButton>
  );
}
