// The chosen line whole, and its prompt in the model's tokens. Runs in the renderer.
import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { PromptPreview } from '../../../contracts/library.ts';
import { Banner } from '../../components/Banner.tsx';
import { Facts } from '../../components/Facts.tsx';
import type { Fact } from '../../components/Facts.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatCount } from '../../format.ts';
import { ModelSelect } from '../../components/library/ModelSelect.tsx';
import { questionOf } from './DataRows.tsx';
import type { PromptChoice } from './prompt-choice.ts';

const PREVIEW_HEIGHT_PX = 240;

export function LineSection({ id, line, choice }: { id: string; line: number; choice: PromptChoice }) {
  const { t } = useTranslation('data');
  const rows = useHostQuery('dataSetRows', { id, offset: line - 1, limit: 1 });
  const row = rows.data?.rows[0];
  const facts: Fact[] = [];
  if (row) facts.push([t('line.question'), <Whole key="question" text={questionOf(row)} />]);
  if (row?.answer) facts.push([t('line.answer'), row.answer]);
  if (row?.solution) facts.push([t('line.solution'), <Whole key="solution" text={row.solution} />]);
  if (row?.cluster) facts.push([t('line.cluster'), row.cluster]);
  return (
    <Box component="section" sx={{ display: 'grid', gap: 3, alignContent: 'start' }}>
      <Typography variant="h2">{t('line.title', { line: formatCount(line) })}</Typography>
      {row?.problem && <Banner tone="error">{row.problem.message}</Banner>}
      {row === undefined && rows.data && <Typography color="textSecondary">{t('line.choose')}</Typography>}
      <Facts facts={facts} />
      <Typography variant="h3">{t('prompt.title')}</Typography>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 3 }}>
        <ModelSelect label={t('prompt.model')} value={choice.model ?? ''} onChange={choice.setModel} />
        <TextField
          select
          label={t('prompt.template')}
          value={choice.template}
          onChange={(event) => choice.setTemplate(event.target.value as PromptChoice['template'])}
          sx={{ minWidth: 180 }}
        >
          {choice.templates.map((name) => (
            <MenuItem key={name} value={name}>
              {t(`prompt.templates.${name}`)}
            </MenuItem>
          ))}
        </TextField>
      </Box>
      {choice.model === null && <Typography color="textSecondary">{t('prompt.noModel')}</Typography>}
      {row?.problem && <Typography color="textSecondary">{t('prompt.noLine')}</Typography>}
      {choice.model !== null && row?.problem === null && (
        <Preview id={id} line={line} model={choice.model} prompt={choice.prompt} />
      )}
    </Box>
  );
}

function Whole({ text }: { text: string }) {
  return (
    <Box component="span" sx={{ whiteSpace: 'pre-wrap' }}>
      {text}
    </Box>
  );
}

function Preview(params: { id: string; line: number; model: string; prompt: PromptChoice['prompt'] }) {
  const { t } = useTranslation('data');
  const preview = useHostQuery('previewPrompt', params, { placeholderData: (before) => before });
  if (preview.error) return <LoadFailed error={preview.error} onRetry={() => void preview.refetch()} />;
  if (preview.data === undefined) return <Loading heightPx={96} />;
  const { tokens, tokenCount, notes } = preview.data;
  return (
    <>
      <Typography color="textSecondary">
        {t('prompt.tokens', { count: tokenCount, total: formatCount(tokenCount) })}
      </Typography>
      <TokenText tokens={tokens} />
      {notes.map((note) => (
        <Typography key={note} variant="body2" color="textSecondary">
          {note}
        </Typography>
      ))}
    </>
  );
}

/** Tokens apart by their ground; special ones are bold. */
function TokenText({ tokens }: { tokens: PromptPreview['tokens'] }) {
  const { t } = useTranslation('data');
  return (
    <Box
      className="code"
      role="group"
      tabIndex={0}
      aria-label={t('prompt.title')}
      sx={{
        maxHeight: PREVIEW_HEIGHT_PX,
        overflow: 'auto',
        p: 2,
        border: 1,
        borderColor: 'divider',
        borderRadius: 1,
        bgcolor: 'background.paper',
        whiteSpace: 'pre-wrap',
        overflowWrap: 'anywhere',
        typography: 'body2',
        fontFamily: 'inherit',
      }}
    >
      {tokens.map(({ id, text, special }, index) => (
        <Box
          component="span"
          key={index}
          title={special ? `${id} (${t('prompt.special')})` : String(id)}
          sx={{
            bgcolor: index % 2 === 0 ? 'studio.sunken' : 'transparent',
            fontWeight: special ? 700 : 400,
            borderRadius: 0.5,
          }}
        >
          {text}
        </Box>
      ))}
    </Box>
  );
}
