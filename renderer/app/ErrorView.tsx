// What a view that failed shows in its place. Runs in the renderer.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useTranslation } from 'react-i18next';
import { useRouteError } from 'react-router';
import { errorMessage } from '../../contracts/app-error.ts';
import { Banner } from '../components/Banner.tsx';
import { copyText } from './clipboard.ts';
import { Page } from './Page.tsx';

export function ErrorView() {
  const { t } = useTranslation();
  const error = useRouteError();
  const details = error instanceof Error ? (error.stack ?? error.message) : errorMessage(error);
  return (
    <Page title={t('viewFailed')}>
      <Banner
        tone="error"
        actions={
          <Box sx={{ display: 'flex', gap: 2 }}>
            <Button onClick={() => window.location.reload()}>{t('reloadView')}</Button>
            <Button variant="text" onClick={() => void copyText(details, t('detailsCopied'))}>
              {t('copyDetails')}
            </Button>
          </Box>
        }
      >
        {errorMessage(error)}
      </Banner>
    </Page>
  );
}
