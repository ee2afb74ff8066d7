// The prompts of a step: how many samples were right, whether the group carries signal. Runs in the renderer.
import { useEffect, useEffectEvent, useRef } from 'react';
import Box from '@mui/material/Box';
import ButtonBase from '@mui/material/ButtonBase';
import Typography from '@mui/material/Typography';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useTranslation } from 'react-i18next';
import type { CompletionPrompt } from '../../../../contracts/completion-browser.ts';
import { formatCount } from '../../../format.ts';

const ROW_PX = 48;

const TWO_LINES = {
  flex: 1,
  display: '-webkit-box',
  WebkitLineClamp: 2,
  WebkitBoxOrient: 'vertical',
  overflow: 'hidden',
  overflowWrap: 'anywhere',
} as const;

export type PromptFilter = 'all' | 'mixed' | 'right' | 'wrong';
export const PROMPT_FILTERS: readonly PromptFilter[] = ['all', 'mixed', 'right', 'wrong'];

export function filteredPrompts(prompts: readonly CompletionPrompt[], filter: PromptFilter): CompletionPrompt[] {
  const keeps: Record<PromptFilter, (prompt: CompletionPrompt) => boolean> = {
    all: () => true,
    mixed: ({ hasSignal }) => hasSignal,
    right: ({ right, samples }) => right === samples,
    wrong: ({ right }) => right === 0,
  };
  return prompts.filter(keeps[filter]);
}

export interface PromptListProps {
  prompts: readonly CompletionPrompt[];
  chosen: number | null;
  onChoose: (promptIndex: number) => void;
  heightPx: number;
}

export function PromptList({ prompts, chosen, onChoose, heightPx }: PromptListProps) {
  const { t } = useTranslation('run');
  const scroll = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: prompts.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
  });
  const place = prompts.findIndex(({ promptIndex }) => promptIndex === chosen);
  const scrollTo = useEffectEvent((index: number) => rows.scrollToIndex(index));
  useEffect(() => {
    if (place >= 0) scrollTo(place);
  }, [place]);
  return (
    <Box ref={scroll} sx={{ height: heightPx, overflow: 'auto' }} tabIndex={-1}>
      <Box
        component="ul"
        aria-label={t('prompts')}
        sx={{ height: rows.getTotalSize(), position: 'relative', m: 0, p: 0 }}
      >
        {rows.getVirtualItems().map(({ index, start }) => {
          const prompt = prompts[index];
          return (
            prompt && (
              <Box
                component="li"
                key={prompt.promptIndex}
                sx={{ position: 'absolute', insetInline: 0, listStyle: 'none' }}
                style={{ transform: `translateY(${start}px)` }}
              >
                <PromptRow prompt={prompt} isChosen={prompt.promptIndex === chosen} onChoose={onChoose} />
              </Box>
            )
          );
        })}
      </Box>
    </Box>
  );
}

interface PromptRowProps {
  prompt: CompletionPrompt;
  isChosen: boolean;
  onChoose: (promptIndex: number) => void;
}

function PromptRow({ prompt, isChosen, onChoose }: PromptRowProps) {
  const { t } = useTranslation('run');
  const { promptIndex, right, samples, hasSignal } = prompt;
  return (
    <ButtonBase
      onClick={() => onChoose(promptIndex)}
      aria-current={isChosen}
      sx={{
        width: '100%',
        height: ROW_PX,
        px: 2,
        gap: 2,
        justifyContent: 'flex-start',
        textAlign: 'left',
        borderLeft: '3px solid transparent',
        borderBottom: 1,
        borderBottomColor: 'divider',
        '&:hover': { bgcolor: 'studio.sunken' },
        ...(isChosen && { bgcolor: 'studio.selectedRow', borderLeftColor: 'primary.main' }),
        '&:focus-visible': { outlineOffset: '-2px' },
      }}
    >
      <Typography component="span" variant="body2" color="textSecondary" sx={{ minWidth: 28 }}>
        {formatCount(promptIndex + 1)}
      </Typography>
      <Typography component="span" variant="body2" sx={{ minWidth: 34, fontWeight: hasSignal ? 600 : 400 }}>
        {`${right}/${samples}`}
      </Typography>
      <Typography component="span" variant="body2" color="textSecondary" sx={TWO_LINES}>
        {hasSignal ? '' : `${t('noSignalShort')} · `}
        {lastLine(prompt.prompt)}
      </Typography>
    </ButtonBase>
  );
}

/** Templates begin all alike: the end of the user's turn says which problem it is. */
export function lastLine(prompt: string): string {
  const lines = prompt
    .replaceAll(/<[^<>\n]*>/g, '\n')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(system|user|assistant)$/i.test(line));
  return lines.at(-1) ?? prompt;
}
