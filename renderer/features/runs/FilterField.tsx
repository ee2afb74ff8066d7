// The filter of the table: typed with suggestions of columns and values, applied by Enter. Runs in the renderer.
import { useEffect, useMemo, useState } from 'react';
import type { Ref } from 'react';
import ClearIcon from '@mui/icons-material/Clear';
import Autocomplete from '@mui/material/Autocomplete';
import IconButton from '@mui/material/IconButton';
import InputAdornment from '@mui/material/InputAdornment';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { RunColumnChoices } from '../../../contracts/run-table.ts';
import { filterSuggestions } from './filter-suggestions.ts';
import type { Suggestion } from './filter-suggestions.ts';

export interface FilterFieldProps {
  filter: string;
  onFilter: (filter: string) => void;
  choices: RunColumnChoices | undefined;
  /** Why the host cannot read the filter. */
  error: string | null;
  inputRef: Ref<HTMLInputElement>;
}

/** A filter is applied when typing rests. */
const APPLY_AFTER_MS = 400;

export function FilterField({ filter, onFilter, choices, error, inputRef }: FilterFieldProps) {
  const { t } = useTranslation('runs');
  const [text, setText] = useState(filter);
  const [applied, setApplied] = useState(filter);
  // Changed elsewhere: by a link, a saved view, the back button.
  if (filter !== applied) {
    setApplied(filter);
    setText(filter);
  }
  const apply = (next: string) => {
    setText(next);
    setApplied(next.trim());
    if (next.trim() !== filter) onFilter(next.trim());
  };
  useEffect(() => {
    // An unfinished term such as `lr >` would only show an error.
    if (text.trim() === filter || /[:<>=,!]\s*$/.test(text)) return undefined;
    const timer = setTimeout(() => {
      setApplied(text.trim());
      onFilter(text.trim());
    }, APPLY_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text, filter, onFilter]);
  const suggestions = useMemo(() => filterSuggestions(text, choices), [text, choices]);
  return (
    <Autocomplete<Suggestion, false, true, true>
      freeSolo
      disableClearable
      options={suggestions}
      filterOptions={(options) => options}
      getOptionLabel={(option) => (typeof option === 'string' ? option : option.filter)}
      getOptionKey={(option) => (typeof option === 'string' ? option : `${option.kind} ${option.text}`)}
      // What is applied: Enter then takes what is typed beside it.
      value={filter}
      inputValue={text}
      onInputChange={(_event, next, reason) => {
        if (reason === 'input') setText(next);
      }}
      onChange={(_event, option) => {
        if (typeof option === 'string') apply(option);
        else setText(option.filter);
      }}
      sx={{
        flex: '1 1 280px',
        maxWidth: 720,
        '& .MuiOutlinedInput-root.MuiInputBase-sizeSmall': { py: 0, minHeight: 32 },
      }}
      renderOption={({ key, ...props }, option) => (
        <li key={key} {...props}>
          <Typography component="span" sx={{ flex: 1 }}>
            {option.text}
          </Typography>
          <Typography component="span" variant="caption" color="textSecondary">
            {t(`suggestionKinds.${option.kind}`)}
          </Typography>
        </li>
      )}
      renderInput={(parameters) => (
        <TextField
          {...parameters}
          inputRef={inputRef}
          placeholder={t('filterPlaceholder')}
          error={error !== null}
          helperText={error}
          slotProps={{
            ...parameters.slotProps,
            htmlInput: { ...parameters.slotProps.htmlInput, 'aria-label': t('filter'), spellCheck: false },
            input: {
              ...parameters.slotProps.input,
              endAdornment:
                text === '' ? null : (
                  <InputAdornment position="end">
                    <IconButton aria-label={t('clearFilter')} onClick={() => apply('')}>
                      <ClearIcon fontSize="small" />
                    </IconButton>
                  </InputAdornment>
                ),
            },
          }}
        />
      )}
    />
  );
}
