// Which sweeps, which objectives: the head of the Pareto screen. Runs in the renderer.
import { useState } from 'react';
import AddIcon from '@mui/icons-material/Add';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Chip from '@mui/material/Chip';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import type { SweepSummary } from '../../../contracts/sweep-report.ts';
import { FrameSwitch } from '../../charts/ChartFrame.tsx';
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

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value;
  choices: readonly Value[];
  text: (value: Value) => string;
  onChange: (value: Value) => void;
}

function Choice<Value extends string>({ label, value, choices, text, onChange }: ChoiceProps<Value>) {
  return (
    <TextField
      select
      label={label}
      value={choices.includes(value) ? value : (choices[0] ?? '')}
      onChange={(event) => onChange(event.target.value as Value)}
      sx={{ minWidth: 112 }}
    >
      {choices.map((choice) => (
        <MenuItem key={choice} value={choice}>
          {text(choice)}
        </MenuItem>
      ))}
    </TextField>
  );
}

function AddSweep({ others, onAdd }: { others: readonly SweepSummary[]; onAdd: (name: string) => void }) {
  const { t } = useTranslation('pareto');
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  if (others.length === 0) return null;
  return (
    <>
      <Button
        variant="text"
        startIcon={<AddIcon fontSize="small" />}
        aria-haspopup="menu"
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        {t('addSweep')}
      </Button>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        {others.map(({ id, number, name }) => (
          <MenuItem
            key={id}
            onClick={() => {
              setAnchor(null);
              onAdd(`s${number}`);
            }}
          >
            {`s${number} ${name}`}
          </MenuItem>
        ))}
      </Menu>
    </>
  );
}
