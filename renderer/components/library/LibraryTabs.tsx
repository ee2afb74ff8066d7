// The sections of Models and data. Runs in the renderer.
import { useTranslation } from 'react-i18next';
import { LinkTabs } from '../LinkTabs.tsx';

export function LibraryTabs() {
  const { t } = useTranslation('models');
  return (
    <LinkTabs
      label={t('sections')}
      tabs={[
        { label: t('tabs.models'), to: '/models' },
        { label: t('tabs.data'), to: '/data' },
        { label: t('tabs.disk'), to: '/disk' },
      ]}
    />
  );
}
