// Home: what runs, what waits, what is finished. Runs in the renderer.
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Page } from '../../app/Page.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';

export function HomePage() {
  const { t } = useTranslation('home');
  return (
    <Page title={t('title')}>
      <Typography variant="h2">{t('queue')}</Typography>
      <EmptyState text={t('queueEmpty')} />
    </Page>
  );
}
