// One sample: its prompt, its tokens with colours, and beside it what the untrained model answered. Runs in the renderer.
import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { CompletionSample } from '../../../../contracts/completion-browser.ts';
import type { HostResult } from '../../../../contracts/host-protocol.ts';
import { useQueryState } from '../../../app/query-state.ts';
import { MISSING, formatCount, formatMeasure } from '../../../format.ts';
import { FONTS } from '../../../theme/tokens.ts';
import { TOKEN_CAP, TOKEN_COLOURINGS } from './token-colours.ts';
import type { TokenColouring } from './token-colours.ts';
import { TokenText } from './TokenText.tsx';

export interface SampleDetailProps {
  group: HostResult<'completionGroup'>;
  sample: CompletionSample;
}

export function SampleDetail({ group, sample }: SampleDetailProps) {
  const { t } = useTranslation('run');
  const [colouring, setColouring] = useQueryState<TokenColouring>('colour', 'gap');
  const number = formatCount(sample.sampleIndex + 1);
  return (
    <Box sx={{ display: 'grid', gap: 3, gridTemplateColumns: 'minmax(0, 1fr)' }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 3 }}>
        <Typography variant="h3">{t('sampleTitle', { number })}</Typography>
        <Box sx={{ flex: 1 }} />
        <TextField
          select
          label={t('colour')}
          value={colouring}
          onChange={(event) => setColouring(event.target.value as TokenColouring)}
          sx={{ minWidth: 160 }}
        >
          {TOKEN_COLOURINGS.map((choice) => (
            <MenuItem key={choice} value={choice}>
              {t(`colourings.${choice}`)}
            </MenuItem>
          ))}
        </TextField>
      </Box>
      {sample.tokens === null || sample.tokens.length === 0 ? (
        <>
          <CompletionText text={sample.text} />
          <Typography variant="body2" color="textSecondary">
            {t('withoutTokens')}
          </Typography>
        </>
      ) : (
        <>
          <TokenText
            key={`${group.step}-${group.promptIndex}-${sample.sampleIndex}`}
            tokens={sample.tokens}
            colouring={colouring}
            label={t('tokensOf', { number })}
          />
          <Typography variant="caption" color="textSecondary">
            {sample.tokens.every(({ logpTrain }) => logpTrain === null)
              ? t('withoutTraining')
              : t(`colourMeans.${colouring}`, { cap: TOKEN_CAP })}
          </Typography>
        </>
      )}
      <BaseSamples base={group.base} step={group.step} />
      <Box component="details">
        <Box component="summary" sx={{ cursor: 'pointer', typography: 'body2' }}>
          {t('promptAndGold', { gold: group.gold })}
        </Box>
        <CompletionText text={group.prompt} />
      </Box>
    </Box>
  );
}

/** What the same prompt got before any training, from this run's own step 0. */
function BaseSamples({ base, step }: { base: readonly CompletionSample[]; step: number }) {
  const { t } = useTranslation('run');
  if (step === 0) return null;
  if (base.length === 0) {
    return (
      <Typography variant="body2" color="textSecondary">
        {t('noBase')}
      </Typography>
    );
  }
  return (
    <Box>
      <Typography variant="h3">{t('baseTitle')}</Typography>
      {base.map((sample) => (
        <Box key={`${sample.phase}-${sample.sampleIndex}`} sx={{ mt: 1 }}>
          <Typography variant="body2" color="textSecondary">
            {t('baseSample', { reward: formatMeasure(sample.reward), answer: sample.extracted ?? MISSING })}
          </Typography>
          <CompletionText text={sample.text} />
        </Box>
      ))}
    </Box>
  );
}

export function CompletionText({ text }: { text: string }) {
  return (
    <Box
      component="pre"
      sx={{
        typography: 'body2',
        fontFamily: FONTS.code,
        whiteSpace: 'pre-wrap',
        overflowWrap: 'anywhere',
        m: 0,
        p: 2,
        bgcolor: 'studio.sunken',
        borderRadius: 1,
      }}
    >
      {text === '' ? '∅' : text}
    </Box>
  );
}
