// What may go, each with its size and what stays. Runs in the renderer.
import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { DiskUse, PruneKind } from '../../../contracts/library.ts';
import { formatFileSize } from '../../format.ts';

export interface PrunableListProps {
  prunable: DiskUse['prunable'];
  chosen: readonly PruneKind[];
  onChosen: (kinds: readonly PruneKind[]) => void;
}

export function PrunableList({ prunable, chosen, onChosen }: PrunableListProps) {
  const { t } = useTranslation('disk');
  return (
    <Box component="fieldset" sx={{ m: 0, p: 0, border: 0, minWidth: 0 }}>
      <Typography variant="h2" component="legend" gutterBottom>
        {t('kinds.title')}
      </Typography>
      {prunable.map(({ kind, sizeBytes }) => (
        <Box key={kind} sx={{ pb: 2 }}>
          <FormControlLabel
            control={
              <Checkbox
                size="small"
                checked={chosen.includes(kind)}
                onChange={(_event, isOn) =>
                  onChosen(isOn ? [...chosen, kind] : chosen.filter((other) => other !== kind))
                }
              />
            }
            label={
              <>
                {t(`kinds.${kind}.name`)} · {sizeBytes === 0 ? t('kinds.empty') : formatFileSize(sizeBytes)}
              </>
            }
          />
          <Typography variant="body2" color="textSecondary" sx={{ pl: 7 }}>
            {t(`kinds.${kind}.what`)} {t('kinds.stays', { what: t(`kinds.${kind}.stays`) })}
          </Typography>
        </Box>
      ))}
    </Box>
  );
}
