// An answer token by token: each with its log-prob, the less likely the stronger its ground. Runs in the renderer.
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { PlaygroundToken } from '../../../contracts/playground.ts';
import { useScheme } from '../../app/appearance.ts';
import { formatMeasure } from '../../format.ts';
import { TOKENS } from '../../theme/tokens.ts';

/** Natural logarithm of a probability from which the strongest of the used tints is given. */
const UNLIKELY_LOGPROB = -4;
/** Of the sequential scale, so many are light enough for the text's own ink. */
const TINTS = 3;
const LOGPROB_DIGITS = 2;

export function TokenChips({ tokens }: { tokens: readonly PlaygroundToken[] }) {
  const { t } = useTranslation('playground');
  const tints = TOKENS[useScheme()].sequential.slice(0, TINTS);
  if (tokens.length === 0) return null;
  return (
    <>
      <Typography variant="caption" color="textSecondary">
        {t('tokensHint')}
      </Typography>
      <Box component="ol" sx={{ m: 0, p: 0, display: 'flex', flexWrap: 'wrap', gap: 1 }}>
        {tokens.map(({ id, text, logprob }, index) => (
          <Box
            component="li"
            key={index}
            title={String(id)}
            sx={{
              listStyle: 'none',
              px: 1,
              borderRadius: 0.5,
              color: 'text.primary',
              bgcolor: tintOf(logprob, tints),
              textAlign: 'center',
            }}
          >
            <Box className="code" sx={{ typography: 'body2', fontFamily: 'inherit', whiteSpace: 'pre' }}>
              {visible(text)}
            </Box>
            <Box
              sx={{ typography: 'caption' }}
              aria-label={t('tokenLogprob', { value: formatMeasure(logprob) })}
              role="img"
            >
              {formatMeasure(logprob, LOGPROB_DIGITS)}
            </Box>
          </Box>
        ))}
      </Box>
    </>
  );
}

function tintOf(logprob: number, tints: readonly string[]): string {
  const share = Math.min(1, Math.max(0, logprob / UNLIKELY_LOGPROB));
  return tints[Math.round(share * (tints.length - 1))] ?? 'transparent';
}

/** White space that would not be seen. */
function visible(text: string): string {
  return text.replaceAll('\n', '↵').replaceAll('\t', '⇥').replaceAll(' ', '·') || '∅';
}
