// Whether every row has an answer that the grader can read, with the lines of those that have not. Runs in the renderer.
import { useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { AnswerCheck, DataSetEntry } from '../../../contracts/library.ts';
import { GraderConfig } from '../../../contracts/run-config.ts';
import { Banner } from '../../components/Banner.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { useHostMutation } from '../../connection/hooks.ts';
import { formatCount } from '../../format.ts';
import { useTaskSettings } from './prompt-choice.ts';

const GRADERS = GraderConfig.options.flatMap(({ shape: { name } }) =>
  'options' in name ? name.options : [name.value],
);
type GraderName = GraderConfig['name'];

export interface AnswerChecker {
  grader: GraderName;
  setGrader: (grader: GraderName) => void;
  pattern: string;
  setPattern: (pattern: string) => void;
  run: () => void;
  isBusy: boolean;
  result: AnswerCheck | null;
  error: Error | null;
}

export function useAnswerCheck({ id, task }: DataSetEntry): AnswerChecker {
  const ofTask = useTaskSettings(task)?.grader;
  const [chosen, setGrader] = useState<GraderName | null>(null);
  const [pattern, setPattern] = useState('(?<answer>-?\\d+)');
  const check = useHostMutation('checkDataSet');
  const grader = chosen ?? ofTask?.name ?? 'exact';
  return {
    grader,
    setGrader,
    pattern,
    setPattern,
    run: () => check.mutate({ id, grader: graderConfig(grader, pattern, ofTask) }),
    isBusy: check.isPending,
    result: check.data ?? null,
    error: check.error,
  };
}

function graderConfig(name: GraderName, pattern: string, ofTask: GraderConfig | undefined): GraderConfig {
  if (ofTask?.name === name) return ofTask;
  return name === 'regex' ? { name, pattern, mustEnd: false } : { name, mustEnd: false };
}

export function AnswerCheckSection({ check, onLine }: { check: AnswerChecker; onLine: (line: number) => void }) {
  const { t } = useTranslation('data');
  const { result, error, isBusy, grader } = check;
  return (
    <Box component="section" sx={{ display: 'grid', gap: 3, alignContent: 'start' }}>
      <Typography variant="h2">{t('answers.title')}</Typography>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 3 }}>
        <TextField
          select
          label={t('answers.grader')}
          value={grader}
          onChange={(event) => check.setGrader(event.target.value as GraderName)}
          sx={{ minWidth: 200 }}
        >
          {GRADERS.map((name) => (
            <MenuItem key={name} value={name}>
              {name}
            </MenuItem>
          ))}
        </TextField>
        {grader === 'regex' && (
          <TextField
            label={t('answers.pattern')}
            value={check.pattern}
            onChange={(event) => check.setPattern(event.target.value)}
            sx={{ flex: '1 1 240px' }}
          />
        )}
      </Box>
      <Box role="status" sx={{ display: 'grid', gap: 2 }}>
        {isBusy && <Typography>{t('answers.checking')}</Typography>}
        {!isBusy && error && <LoadFailed error={error} onRetry={check.run} />}
        {!isBusy && !error && result === null && <Typography color="textSecondary">{t('answers.notYet')}</Typography>}
        {!isBusy && result?.problems.length === 0 && (
          <Banner tone="good">{t('answers.good', { rows: formatCount(result.rows), grader })}</Banner>
        )}
        {!isBusy &&
          result?.problems.map((problem) => (
            <ProblemBanner key={problem.kind} problem={problem} rows={result.rows} onLine={onLine} />
          ))}
        {!isBusy && result !== null && result.problems.length > 0 && (
          <Typography color="textSecondary">{t('answers.mend')}</Typography>
        )}
      </Box>
    </Box>
  );
}

interface ProblemBannerProps {
  problem: AnswerCheck['problems'][number];
  rows: number;
  onLine: (line: number) => void;
}

function ProblemBanner({ problem: { kind, count, lines }, rows, onLine }: ProblemBannerProps) {
  const { t } = useTranslation('data');
  const more = count - lines.length;
  const listed = lines.map((line) => formatCount(line)).join(', ');
  const [first] = lines;
  return (
    <Banner
      tone="warning"
      actions={
        first !== undefined && (
          <Button size="small" onClick={() => onLine(first)}>
            {t('answers.show', { line: formatCount(first) })}
          </Button>
        )
      }
    >
      {t(`answers.problems.${kind}`, {
        count,
        rows: formatCount(rows),
        lines:
          more > 0
            ? t('answers.linesMore', { lines: listed, more: formatCount(more) })
            : t('answers.lines', { count: lines.length, lines: listed }),
      })}
    </Banner>
  );
}
