// A line of the training data as the model will see it: the rendered template, token by token. Runs in the renderer.
import { useState } from 'react';
import Box from '@mui/material/Box';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { PromptPreview as Preview } from '../../../contracts/library.ts';
import type { RunConfig } from '../../../contracts/run-config.ts';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatCount } from '../../format.ts';
import { Fold } from './Fold.tsx';

/** @param config of a cell: paths are whole, the task's prompt is in it; null while the recipe has no cell */
export function PromptPreview({ config }: { config: RunConfig | null }) {
  const { t } = useTranslation('newSweep');
  return (
    <Box component="section" aria-label={t('promptPreview')}>
      <Fold label={t('promptPreview')}>
        {config === null ? (
          <Typography color="textSecondary">{t('promptNeedsCell')}</Typography>
        ) : (
          <PreviewBody config={config} />
        )}
      </Fold>
    </Box>
  );
}

function PreviewBody({ config: { data, model, prompt, maxPromptTokens } }: { config: RunConfig }) {
  const { t } = useTranslation('newSweep');
  const [line, setLine] = useState('1');
  const number = /^[1-9]\d*$/.test(line) ? Number(line) : 1;
  const preview = useHostQuery('previewPrompt', { id: data.train, line: number, model, prompt });
  return (
    <Box sx={{ display: 'grid', gap: 2, py: 2 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 4, alignItems: 'center' }}>
        <TextField
          label={t('line')}
          value={line}
          onChange={({ target }) => setLine(target.value)}
          error={String(number) !== line}
          sx={{ width: 96 }}
          slotProps={{ htmlInput: { inputMode: 'numeric', autoComplete: 'off' } }}
        />
        {preview.data && (
          <Typography>
            {t('promptTokens', {
              count: preview.data.tokenCount,
              shown: formatCount(preview.data.tokenCount),
              template: t(prompt.kind === 'chat' ? 'templateOfModel' : 'plainText'),
            })}
            {preview.data.tokenCount > maxPromptTokens &&
              ` ${t('promptTooLong', { limit: formatCount(maxPromptTokens) })}`}
          </Typography>
        )}
      </Box>
      {preview.error && <LoadFailed error={preview.error} onRetry={() => void preview.refetch()} />}
      {preview.isPending && <Loading heightPx={96} />}
      {preview.data && <TokenText preview={preview.data} label={t('promptOfLine', { line: number })} />}
    </Box>
  );
}

function TokenText({ preview: { tokens, notes }, label }: { preview: Preview; label: string }) {
  const { t } = useTranslation('newSweep');
  return (
    <>
      <Box
        className="code"
        role="region"
        aria-label={label}
        tabIndex={0}
        sx={{
          p: 3,
          maxHeight: 280,
          overflow: 'auto',
          border: 1,
          borderColor: 'divider',
          borderRadius: 1,
          bgcolor: 'background.paper',
          whiteSpace: 'pre-wrap',
          overflowWrap: 'anywhere',
        }}
      >
        {tokens.map(({ id, text, special }, index) => (
          <Box
            component="span"
            key={index}
            title={t('token', { index: index + 1, id })}
            sx={{
              bgcolor: index % 2 === 0 ? 'studio.sunken' : 'studio.selectedRow',
              color: special ? 'status.stopped' : 'text.primary',
              fontWeight: special ? 600 : 400,
            }}
          >
            {text}
          </Box>
        ))}
      </Box>
      {notes.map((note) => (
        <Typography key={note} variant="caption" color="textSecondary">
          {note}
        </Typography>
      ))}
    </>
  );
}
