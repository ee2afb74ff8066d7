// One model: what its file says, where it fits, who uses it. Runs in the renderer.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink, useParams } from 'react-router';
import type { ModelEntry } from '../../../contracts/library.ts';
import { copyText } from '../../app/clipboard.ts';
import { Page } from '../../app/Page.tsx';
import { Banner } from '../../components/Banner.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Facts } from '../../components/Facts.tsx';
import type { Fact } from '../../components/Facts.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { MISSING, formatCount, formatFileSize } from '../../format.ts';
import { MemoryTable } from './MemoryTable.tsx';
import { modelName } from '../../components/library/model-name.ts';
import { UsedBy } from '../../components/library/UsedBy.tsx';

export function ModelPage() {
  const { t } = useTranslation('models');
  const { id = '' } = useParams();
  const models = useHostQuery('listModels', {});
  const model = models.data?.find((entry) => entry.id === id);
  if (model === undefined) {
    return (
      <Page title={id} crumbs={[{ label: t('title'), to: '/models' }]}>
        {models.error && <LoadFailed error={models.error} onRetry={() => void models.refetch()} />}
        {!models.error && models.data === undefined && <Loading heightPx={240} />}
        {models.data && (
          <EmptyState
            text={t('model.missing', { id })}
            actions={
              <Button component={RouterLink} to="/models">
                {t('model.open')}
              </Button>
            }
          />
        )}
      </Page>
    );
  }
  return <FoundModel model={model} />;
}

function FoundModel({ model }: { model: ModelEntry }) {
  const { t } = useTranslation('models');
  const { inspection, failure, usedBy, reference } = model;
  return (
    <Page
      title={modelName(model)}
      crumbs={[{ label: t('title'), to: '/models' }]}
      actions={
        inspection?.hasTokenizer && (
          <Button variant="contained" component={RouterLink} to={`/playground?model=${encodeURIComponent(reference)}`}>
            {t('model.try')}
          </Button>
        )
      }
    >
      {failure !== null && <Banner tone="error">{failure}</Banner>}
      {inspection !== null && inspection.trainingRefusal !== null && (
        <Banner tone="warning">{t('model.refusal', { reason: inspection.trainingRefusal })}</Banner>
      )}
      {inspection?.warnings.map((warning) => (
        <Banner key={warning} tone="warning">
          {warning}
        </Banner>
      ))}
      {inspection !== null && <MemoryTable inspection={inspection} fits={model.fits} />}
      <Box component="section">
        <Typography variant="h2" gutterBottom>
          {t('model.facts')}
        </Typography>
        <Facts facts={useModelFacts(model)} />
        {model.sha256 !== null && (
          <Button size="small" sx={{ mt: 2 }} onClick={() => void copyText(model.sha256 ?? '', t('model.copied'))}>
            {t('model.copyChecksum')}
          </Button>
        )}
      </Box>
      <Box component="section">
        <Typography variant="h2" gutterBottom>
          {t('model.usedBy')}
        </Typography>
        {usedBy.length === 0 ? (
          <Typography color="textSecondary">{t('model.unused')}</Typography>
        ) : (
          <UsedBy sweeps={usedBy} />
        )}
      </Box>
    </Page>
  );
}

function useModelFacts(model: ModelEntry): Fact[] {
  const { t } = useTranslation('models');
  const { inspection, path, reference, sizeBytes, sha256 } = model;
  const file: Fact[] = [
    [t('model.file'), <code key="file">{path}</code>],
    [t('model.reference'), <code key="reference">{reference}</code>],
    [t('columns.size'), sizeBytes === null ? t('fileGone') : formatFileSize(sizeBytes)],
    [t('model.checksum'), sha256 === null ? t('model.computing') : <code key="checksum">{sha256}</code>],
  ];
  if (inspection === null) return file;
  const presence = (isThere: boolean) => t(isThere ? 'model.present' : 'model.absent');
  const count = (value: number | null) => (value === null ? t('model.unknown') : formatCount(value));
  return [
    [t('columns.family'), inspection.architecture],
    [t('columns.parameters'), formatCount(inspection.parameterCount)],
    [t('columns.type'), inspection.weightType],
    ...file,
    [t('model.layers'), formatCount(inspection.layerCount)],
    [t('model.context'), count(inspection.contextTokens)],
    [t('model.embedding'), count(inspection.embeddingSize)],
    [t('model.feedForward'), count(inspection.feedForwardSize)],
    [t('model.heads'), `${count(inspection.headCount)}, ${count(inspection.keyValueHeadCount)}`],
    [t('model.vocabulary'), inspection.vocabularySize === null ? MISSING : formatCount(inspection.vocabularySize)],
    [t('model.tokenizer'), presence(inspection.hasTokenizer)],
    [t('model.template'), presence(inspection.hasChatTemplate)],
  ];
}
