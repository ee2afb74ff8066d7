// Dead links: an address without a page, and a run or sweep that this data folder does not have. Runs in the renderer.
import Button from '@mui/material/Button';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { EmptyState } from '../components/EmptyState.tsx';
import { Page } from './Page.tsx';

export function NotFound() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  return (
    <Page title={t('notFound')}>
      <EmptyState
        text={t('notFoundText', { path: pathname })}
        actions={
          <Button component={Link} to="/">
            {t('openHome')}
          </Button>
        }
      />
    </Page>
  );
}

/** For pages whose record is not there. @param id as in the address */
export function MissingRecord({ id }: { id: string }) {
  const { t } = useTranslation();
  return (
    <Page title={t('notFound')}>
      <EmptyState
        text={t('missingRecord', { id })}
        actions={
          <Button component={Link} to="/runs">
            {t('openRuns')}
          </Button>
        }
      />
    </Page>
  );
}
