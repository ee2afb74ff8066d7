// Chooses who answers on one side: the base model, a run's adapter, a pasted line. Runs in the renderer.
import { useState } from 'react';
import Autocomplete from '@mui/material/Autocomplete';
import Box from '@mui/material/Box';
import TextField from '@mui/material/TextField';
import { useTranslation } from 'react-i18next';
import type { RunSummary } from '../../../contracts/run-state.ts';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatCount, formatFileSize } from '../../format.ts';
import type { Side, SideChoice } from './sides.ts';

interface Option {
  choice: SideChoice;
  label: string;
}

/** Options beyond these are found by typing. */
const MOST_OPTIONS = 200;

export function SidePicker({ side }: { side: Side }) {
  const { t } = useTranslation('playground');
  const options = useOptions(side.name === 'b');
  const letter = side.name.toUpperCase();
  const chosen = options.find(({ choice }) => isSame(choice, side)) ?? {
    choice: side.choice,
    label: side.choice.kind === 'run' ? side.choice.name : t('pasted'),
  };
  return (
    <Box sx={{ display: 'grid', gap: 2, flex: '1 1 240px', minWidth: 0, alignContent: 'start' }}>
      <Autocomplete
        size="small"
        disableClearable
        options={options}
        value={chosen}
        getOptionKey={({ choice }) => (choice.kind === 'run' ? choice.name : choice.kind)}
        isOptionEqualToValue={(one, other) => one.label === other.label}
        filterOptions={(all, { inputValue }) => {
          const words = inputValue.toLowerCase().split(/\s+/).filter(Boolean);
          return all
            .filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)))
            .slice(0, MOST_OPTIONS);
        }}
        onChange={(_event, { choice }) => side.setChoice(choice)}
        renderInput={(params) => (
          <TextField
            {...params}
            label={t('side', { side: letter })}
            error={side.choice.kind === 'run' && side.failure !== null}
            helperText={side.choice.kind === 'run' ? (side.failure?.message ?? runFact(side)) : undefined}
          />
        )}
      />
      {side.choice.kind === 'line' && <LineField side={side} />}
    </Box>
  );
}

/** How small what was trained is. */
function runFact({ run }: Side): string | undefined {
  if (run === null || run.parameterCount === null) return undefined;
  return `${formatCount(run.parameterCount)} · ${run.lastStep}/${run.totalSteps}`;
}

function LineField({ side }: { side: Side }) {
  const { t } = useTranslation('playground');
  const text = side.choice.kind === 'line' ? side.choice.text : '';
  // The address holds what was pasted; while it is typed, the field does.
  const [draft, setDraft] = useState(text);
  const { identity, failure, isLooking } = side;
  const problem = failure?.message ?? identity?.remedy ?? null;
  const facts =
    identity === null
      ? t(isLooking ? 'lineLooking' : 'lineHelp')
      : t('lineNumbers', { numbers: formatCount(identity.trainableNumbers), size: formatFileSize(identity.sizeBytes) });
  return (
    <TextField
      label={`${t('line')}, ${side.name.toUpperCase()}`}
      value={draft}
      onChange={(event) => {
        const next = event.target.value.trim();
        setDraft(next);
        side.setChoice({ kind: 'line', text: next });
      }}
      error={problem !== null}
      helperText={problem ?? facts}
      slotProps={{ htmlInput: { spellCheck: false, autoComplete: 'off' } }}
    />
  );
}

function isSame(choice: SideChoice, { choice: current, run }: Side): boolean {
  if (choice.kind !== 'run' || current.kind !== 'run') return choice.kind === current.kind;
  return choice.name === current.name || choice.name === `r${run?.number ?? ''}`;
}

/** Runs that have trained, newest first. */
function useOptions(canBeEmpty: boolean): Option[] {
  const { t } = useTranslation('playground');
  const runs = useHostQuery('listRuns', {}).data ?? [];
  return [
    { choice: { kind: 'base' }, label: t('base') },
    { choice: { kind: 'line', text: '' }, label: t('pasteOption') },
    ...(canBeEmpty ? [{ choice: { kind: 'nobody' } as const, label: t('noSide') }] : []),
    ...runs
      .filter(hasAdapter)
      .toReversed()
      .map(({ number, label }): Option => ({
        choice: { kind: 'run', name: `r${number}` },
        label: `r${number} ${label}`,
      })),
  ];
}

function hasAdapter({ lastStep, parameterCount }: RunSummary): boolean {
  return lastStep > 0 && parameterCount !== 0;
}
