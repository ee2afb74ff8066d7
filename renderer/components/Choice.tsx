// A labelled list to choose one of. Runs in the renderer.
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';

export interface ChoiceProps<Value extends string> {
  label: string;
  /** Shown as the first choice where it is none of them. */
  value: Value;
  choices: readonly Value[];
  text: (value: Value) => string;
  onChange: (value: Value) => void;
}

export function Choice<Value extends string>({ label, value, choices, text, onChange }: ChoiceProps<Value>) {
  return (
    <TextField
      select
      label={label}
      value={choices.includes(value) ? value : (choices[0] ?? '')}
      onChange={(event) => {
        const chosen = choices.find((choice) => choice === event.target.value);
        if (chosen !== undefined) onChange(chosen);
      }}
      sx={{ minWidth: 120 }}
    >
      {choices.map((choice) => (
        <MenuItem key={choice} value={choice}>
          {text(choice)}
        </MenuItem>
      ))}
    </TextField>
  );
}
