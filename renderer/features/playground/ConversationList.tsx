// What was asked and answered so far; the newest stays in view. Runs in the renderer.
import { useEffect, useRef } from 'react';
import Box from '@mui/material/Box';
import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { useQueryState } from '../../app/query-state.ts';
import { useChat } from './chat-store.ts';
import { ExchangeView } from './ExchangeView.tsx';

export function ConversationList() {
  const { t } = useTranslation('playground');
  const exchanges = useChat((state) => state.exchanges);
  const isAnswering = useChat((state) => state.isAnswering);
  const [tokens, setTokens] = useQueryState<'on' | 'off'>('tokens', 'off');
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Newer browsers answer with a promise, which is no clean-up.
    end.current?.scrollIntoView({ block: 'nearest' });
  }, [exchanges.length]);
  return (
    <Box component="section" aria-label={t('conversation')}>
      <FormControlLabel
        control={<Switch checked={tokens === 'on'} onChange={(_event, isOn) => setTokens(isOn ? 'on' : 'off')} />}
        label={t('tokens')}
      />
      {exchanges.length === 0 && <Typography color="textSecondary">{t('empty')}</Typography>}
      {exchanges.length > 0 && (
        <Box component="ol" sx={{ m: 0, p: 0 }}>
          {exchanges.map((exchange, index) => (
            <ExchangeView
              key={exchange.id}
              exchange={exchange}
              showTokens={tokens === 'on'}
              isAnswering={isAnswering && index === exchanges.length - 1}
            />
          ))}
        </Box>
      )}
      <Box ref={end} />
    </Box>
  );
}
