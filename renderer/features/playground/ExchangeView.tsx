// One question with the answers of both sides beside each other. Runs in the renderer.
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { PlaygroundSideName } from '../../../contracts/playground.ts';
import { Banner } from '../../components/Banner.tsx';
import { formatCount, formatDuration } from '../../format.ts';
import type { Exchange, SideAnswer } from './chat-store.ts';
import { TokenChips } from './TokenChips.tsx';

export interface ExchangeViewProps {
  exchange: Exchange;
  showTokens: boolean;
  isAnswering: boolean;
}

export function ExchangeView({ exchange, showTokens, isAnswering }: ExchangeViewProps) {
  const { t } = useTranslation('playground');
  const { turns, sides, answers, grading } = exchange;
  return (
    <Box
      component="li"
      sx={{ listStyle: 'none', display: 'grid', gap: 2, py: 3, borderBottom: 1, borderColor: 'divider' }}
    >
      {turns.map(({ role, content }, index) => (
        <Box key={index} sx={{ p: 2, bgcolor: 'studio.sunken', borderRadius: 1 }}>
          <Typography variant="caption" color="textSecondary">
            {role === 'user' ? t('you') : role}
          </Typography>
          <Typography sx={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{content}</Typography>
        </Box>
      ))}
      <Box
        sx={{
          display: 'grid',
          gridTemplateColumns: `repeat(${Math.max(1, sides.length)}, minmax(0, 1fr))`,
          columnGap: 4,
        }}
      >
        {sides.map((side) => (
          <AnswerView key={side} side={side} answer={answers[side]} showTokens={showTokens} isAnswering={isAnswering} />
        ))}
      </Box>
      {grading !== null && <Verdict exchange={exchange} grader={grading.grader.name} />}
    </Box>
  );
}

/** "exact: A wrong, B right" */
function Verdict({ exchange: { sides, answers }, grader }: { exchange: Exchange; grader: string }) {
  const { t } = useTranslation('playground');
  const verdicts = sides.flatMap((side) => {
    const grade = answers[side]?.answer?.grade;
    if (!grade) return [];
    return [t(grade.correct ? 'verdict.correct' : 'verdict.wrong', { side: side.toUpperCase() })];
  });
  if (verdicts.length === 0) return null;
  return (
    <Typography role="status" sx={{ fontWeight: 600 }}>
      {grader}: {verdicts.join(', ')}
    </Typography>
  );
}

interface AnswerViewProps {
  side: PlaygroundSideName;
  answer: SideAnswer | undefined;
  showTokens: boolean;
  isAnswering: boolean;
}

function AnswerView({ side, answer, showTokens, isAnswering }: AnswerViewProps) {
  const { t } = useTranslation('playground');
  const done = answer?.answer ?? null;
  const isUnderWay = answer !== undefined && done === null && answer.failure === null;
  return (
    <Box component="section" aria-label={t('side', { side: side.toUpperCase() })} sx={{ minWidth: 0 }}>
      <Typography variant="body2" color="textSecondary">
        <strong>{side.toUpperCase()}</strong> {answer === undefined && isAnswering && t('waiting')}
        {isUnderWay && t('answering')}
        {done && <AnswerFacts answer={done} />}
      </Typography>
      {answer?.failure && <Banner tone="error">{answer.failure}</Banner>}
      {answer && showTokens && <TokenChips tokens={answer.tokens} />}
      {answer && !showTokens && (
        <Typography sx={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{answer.text}</Typography>
      )}
      {done?.text === '' && <Typography color="textSecondary">{t('noAnswer')}</Typography>}
      {done?.warnings.map((warning) => (
        <Typography key={warning} variant="body2" color="textSecondary">
          {warning}
        </Typography>
      ))}
    </Box>
  );
}

function AnswerFacts({ answer }: { answer: NonNullable<SideAnswer['answer']> }) {
  const { t } = useTranslation('playground');
  const { durationMs, tokenCount, finishReason, grade } = answer;
  const facts = [
    formatDuration(durationMs),
    t('facts.tokens', { count: tokenCount, total: formatCount(tokenCount) }),
    t(`finish.${finishReason}`),
  ];
  if (grade !== null) {
    facts.push(grade.extracted === null ? t('unextracted') : t('extracted', { value: grade.extracted }));
  }
  return facts.join(' · ');
}
