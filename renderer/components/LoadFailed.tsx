// Says why something could not be loaded and offers to try again. Runs in the renderer.
import Button from '@mui/material/Button';
import { useTranslation } from 'react-i18next';
import { errorMessage } from '../../contracts/app-error.ts';
import { Banner } from './Banner.tsx';

export function LoadFailed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <Banner tone="error" actions={<Button onClick={onRetry}>{t('tryAgain')}</Button>}>
      {t('loadFailed', { reason: errorMessage(error) })}
    </Banner>
  );
}
