// One data set: its rows, the chosen line as the model sees it, lengths, answers. Runs in the renderer.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink, useParams } from 'react-router';
import type { DataSetEntry } from '../../../contracts/library.ts';
import { Page } from '../../app/Page.tsx';
import { useQueryState } from '../../app/query-state.ts';
import { Banner } from '../../components/Banner.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatCount, formatFileSize } from '../../format.ts';
import { UsedBy } from '../../components/library/UsedBy.tsx';
import { AnswerCheckSection, useAnswerCheck } from './AnswerCheckSection.tsx';
import { DataRows } from './DataRows.tsx';
import { LengthSection } from './LengthSection.tsx';
import { LineSection } from './LineSection.tsx';
import { usePromptChoice } from './prompt-choice.ts';

export function DataSetPage() {
  const { t } = useTranslation('data');
  const { id = '' } = useParams();
  const dataSets = useHostQuery('listDataSets', {});
  const dataSet = dataSets.data?.find((entry) => entry.id === id);
  if (dataSet !== undefined) return <FoundDataSet key={id} dataSet={dataSet} />;
  return (
    <Page title={id} crumbs={[{ label: t('title'), to: '/data' }]}>
      {dataSets.error && <LoadFailed error={dataSets.error} onRetry={() => void dataSets.refetch()} />}
      {!dataSets.error && dataSets.data === undefined && <Loading heightPx={240} />}
      {dataSets.data && (
        <EmptyState
          text={t('missing', { id })}
          actions={
            <Button component={RouterLink} to="/data">
              {t('open')}
            </Button>
          }
        />
      )}
    </Page>
  );
}

function FoundDataSet({ dataSet }: { dataSet: DataSetEntry }) {
  const { t } = useTranslation('data');
  const [lineText, setLineText] = useQueryState<string>('line', '1');
  const line = Math.max(1, Number.parseInt(lineText, 10) || 1);
  const setLine = (next: number) => setLineText(String(next));
  const choice = usePromptChoice(dataSet);
  const check = useAnswerCheck(dataSet);
  const { name, rowCount, sizeBytes, failure, description, usedBy } = dataSet;
  return (
    <Page
      title={name}
      crumbs={[{ label: t('title'), to: '/data' }]}
      titleDetail={
        <Typography color="textSecondary">
          {[
            rowCount === null ? null : t('rowCount', { count: rowCount, total: formatCount(rowCount) }),
            sizeBytes === null ? null : formatFileSize(sizeBytes),
          ]
            .filter((part) => part !== null)
            .join(' · ')}
        </Typography>
      }
      actions={
        <Button variant="contained" onClick={check.run} disabled={check.isBusy}>
          {t(check.result === null ? 'check' : 'checkAgain')}
        </Button>
      }
    >
      {failure !== null && <Banner tone="error">{failure}</Banner>}
      {description !== '' && <Typography color="textSecondary">{description}</Typography>}
      <Columns>
        <DataRows id={dataSet.id} line={line} onLine={setLine} />
        <LineSection id={dataSet.id} line={line} choice={choice} />
      </Columns>
      <Columns>
        <LengthSection id={dataSet.id} choice={choice} />
        <AnswerCheckSection check={check} onLine={setLine} />
      </Columns>
      {usedBy.length > 0 && (
        <Box component="section">
          <Typography variant="h2">{t('usedBy')}</Typography>
          <UsedBy sweeps={usedBy} />
        </Box>
      )}
    </Page>
  );
}

/** Two beside each other where the window is wide enough. */
function Columns({ children }: { children: React.ReactNode }) {
  return (
    <Box
      sx={{
        display: 'grid',
        gridTemplateColumns: { xs: 'minmax(0, 1fr)', md: 'repeat(2, minmax(0, 1fr))' },
        gap: 6,
        flexShrink: 0,
      }}
    >
      {children}
    </Box>
  );
}
