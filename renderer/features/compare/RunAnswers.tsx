// What one run answered to a prompt: how many samples are right, and each of them. Runs in the renderer.
import RightIcon from '@mui/icons-material/Check';
import WrongIcon from '@mui/icons-material/Close';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { CompletionGroup, CompletionSample } from '../../../contracts/completion-browser.ts';
import { MISSING, formatCount } from '../../format.ts';
import { FONTS } from '../../theme/tokens.ts';
import type { RunMark } from '../../theme/tokens.ts';
import { MarkIcon } from './CompareTable.tsx';

const LINES_SHOWN = 6;

export interface RunAnswersProps {
  name: string;
  runNumber: number;
  group: Pick<CompletionGroup, 'step' | 'phase' | 'promptIndex' | 'samples'>;
  mark: RunMark | undefined;
  isWhole: boolean;
}

export function RunAnswers({ name, runNumber, group, mark, isWhole }: RunAnswersProps) {
  const { t } = useTranslation('compare');
  const { step, phase, promptIndex, samples } = group;
  const right = samples.filter(({ reward }) => (reward ?? 0) >= 1).length;
  const query = new URLSearchParams({
    ...{ tab: 'completions', step: String(step), prompt: String(promptIndex) },
    ...(phase === 'train' ? {} : { phase }),
  });
  return (
    <Box
      component="li"
      sx={{ p: 3, border: 1, borderColor: 'divider', borderRadius: 1, bgcolor: 'background.paper', minWidth: 0 }}
    >
      <Box sx={{ display: 'flex', alignItems: 'flex-start', gap: 1 }}>
        {mark && <MarkIcon mark={mark} />}
        <Box sx={{ minWidth: 0, overflowWrap: 'anywhere' }}>
          <Link component={RouterLink} to={`/runs/r${runNumber}?${query.toString()}`} sx={{ fontWeight: 600 }}>
            {name}
          </Link>
          <Typography variant="caption" component="div" color="textSecondary">
            {t('rightOf', { right, samples: samples.length, step: formatCount(step) })}
          </Typography>
        </Box>
      </Box>
      <Box component="ol" sx={{ listStyle: 'none', m: 0, p: 0 }}>
        {samples.map((sample) => (
          <Sample key={sample.sampleIndex} sample={sample} isWhole={isWhole} />
        ))}
      </Box>
    </Box>
  );
}

function Sample({ sample, isWhole }: { sample: CompletionSample; isWhole: boolean }) {
  const { t } = useTranslation('compare');
  const { reward, extracted, text } = sample;
  const grade = reward === null ? 'ungraded' : reward >= 1 ? 'right' : 'wrong';
  const Icon = grade === 'right' ? RightIcon : WrongIcon;
  return (
    <Box component="li" sx={{ mt: 2, pt: 2, borderTop: 1, borderColor: 'divider' }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, overflowWrap: 'anywhere' }}>
        {grade !== 'ungraded' && <Icon fontSize="inherit" aria-hidden />}
        <span>{`${extracted ?? MISSING} ${t(`grades.${grade}`)}`}</span>
      </Box>
      <Typography
        variant="body2"
        color="textSecondary"
        sx={{
          ...{ fontFamily: FONTS.code, fontVariantLigatures: 'none', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },
          ...(isWhole
            ? {}
            : {
                display: '-webkit-box',
                WebkitBoxOrient: 'vertical',
                WebkitLineClamp: LINES_SHOWN,
                overflow: 'hidden',
              }),
        }}
      >
        {text === '' ? t('emptyText') : text}
      </Typography>
    </Box>
  );
}
