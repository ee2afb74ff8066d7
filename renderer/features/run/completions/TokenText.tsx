// A completion token by token: colour by log-prob gap or entropy, one stop for Tab, arrows from token to token, `.` to
// the next over the cap. Runs in the renderer.
import { useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { CompletionToken } from '../../../../contracts/completion-browser.ts';
import { announce } from '../../../app/announce.ts';
import { useScheme } from '../../../app/appearance.ts';
import { SHORTCUTS, isPressed } from '../../../app/shortcuts.ts';
import { formatCount, formatMeasure } from '../../../format.ts';
import { FONTS } from '../../../theme/tokens.ts';
import { TOKEN_CAP, isOverCap, nextOverCap, tokenColours, tokenGap } from './token-colours.ts';
import type { TokenColouring } from './token-colours.ts';

export interface TokenTextProps {
  tokens: readonly CompletionToken[];
  colouring: TokenColouring;
  label: string;
}

export function TokenText({ tokens, colouring, label }: TokenTextProps) {
  const { t } = useTranslation('run');
  const scheme = useScheme();
  const list = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const [pointed, setPointed] = useState<number | null>(null);
  const focus = (index: number) => {
    setCurrent(index);
    const element = list.current?.children[index];
    if (element instanceof HTMLElement) element.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = tokens.length - 1;
    const places: Record<string, number> = {
      ArrowRight: Math.min(last, current + 1),
      ArrowLeft: Math.max(0, current - 1),
      Home: 0,
      End: last,
    };
    const isNextOver = isPressed(event.nativeEvent, SHORTCUTS.nextOverCap.go);
    const over = isNextOver ? nextOverCap(tokens, current, colouring) : null;
    const place = places[event.key] ?? over;
    if (isNextOver && over === null) announce(t('noneOverCap', { cap: TOKEN_CAP }));
    if (place === null && !isNextOver) return;
    event.preventDefault();
    event.stopPropagation();
    if (place !== null) focus(place);
  };
  const shown = tokens[pointed ?? current];
  return (
    <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: 'minmax(0, 1fr)' }}>
      <Box
        ref={list}
        role="listbox"
        aria-label={label}
        aria-orientation="horizontal"
        onKeyDown={onKeyDown}
        onMouseLeave={() => setPointed(null)}
        sx={{
          fontFamily: FONTS.code,
          fontVariantLigatures: 'none',
          whiteSpace: 'pre-wrap',
          overflowWrap: 'anywhere',
          lineHeight: 1.8,
          p: 2,
          bgcolor: 'background.paper',
          border: 1,
          borderColor: 'divider',
          borderRadius: 1,
        }}
      >
        {tokens.map((token, index) => {
          const colours = tokenColours(token, colouring, scheme);
          return (
            <Box
              component="span"
              role="option"
              key={`${index}-${token.id}`}
              aria-selected={index === current}
              aria-label={tokenWord(token.text)}
              tabIndex={index === current ? 0 : -1}
              onFocus={() => setCurrent(index)}
              onMouseEnter={() => setPointed(index)}
              style={colours ? { backgroundColor: colours.background, color: colours.ink } : undefined}
              sx={{
                cursor: 'default',
                px: '1px',
                mx: '0.5px',
                borderRadius: '2px',
                borderBottom: '2px solid',
                borderBottomColor: isOverCap(token, colouring) ? 'status.failed' : 'transparent',
              }}
            >
              {visibleText(token.text)}
            </Box>
          );
        })}
      </Box>
      {shown && <TokenDetail token={shown} index={pointed ?? current} />}
    </Box>
  );
}

function TokenDetail({ token, index }: { token: CompletionToken; index: number }) {
  const { t } = useTranslation('run');
  return (
    <Typography variant="body2" color="textSecondary" sx={{ minHeight: 16 }}>
      {t('tokenDetail', {
        place: formatCount(index + 1),
        id: String(token.id),
        train: formatMeasure(token.logpTrain),
        rollout: formatMeasure(token.logpRollout),
        gap: signed(tokenGap(token)),
        entropy: formatMeasure(token.entropy),
      })}
    </Typography>
  );
}

/** With its sign, which colour says, too. */
export function signed(value: number | null): string {
  return `${value !== null && value > 0 ? '+' : ''}${formatMeasure(value)}`;
}

/** Line breaks stay, with a sign that they are tokens; a token without text has a place all the same. */
function visibleText(text: string): string {
  return text === '' ? '∅' : text.replaceAll('\n', '⏎\n');
}

function tokenWord(text: string): string {
  return text.trim() === '' ? JSON.stringify(text) : text;
}
