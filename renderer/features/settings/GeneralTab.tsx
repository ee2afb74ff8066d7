// Language, density, notifications, keys, what a failure does to the queue. Runs in the renderer.
import { useState } from 'react';
import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Preferences } from '../../../contracts/preferences.ts';
import { notificationAccess, requestNotifications } from '../../app/notifications.ts';
import { reported } from '../../app/reported.ts';
import { Choice } from '../../components/Choice.tsx';
import { useHostConnection, useHostQuery } from '../../connection/hooks.ts';
import { usePreferences, useSetPreferences } from '../../connection/preferences.ts';

const LANGUAGES = Preferences.shape.language.unwrap().options;
const DENSITIES = Preferences.shape.density.unwrap().options;

export function GeneralTab() {
  const { t } = useTranslation('settings');
  const { language, density, singleKeyShortcuts } = usePreferences();
  const setPreferences = useSetPreferences();
  return (
    <Box sx={{ display: 'grid', gap: 5, maxWidth: 560, pt: 2 }}>
      <Choice
        label={t('language')}
        value={language}
        choices={LANGUAGES}
        text={(name) => t(`languages.${name}`)}
        onChange={(chosen) => setPreferences({ language: chosen })}
      />
      <Choice
        label={t('density')}
        value={density}
        choices={DENSITIES}
        text={(name) => t(`densities.${name}`)}
        onChange={(chosen) => setPreferences({ density: chosen })}
      />
      <NotificationSwitch />
      <SettingSwitch
        label={t('singleKeys')}
        help={t('singleKeysHelp')}
        isOn={singleKeyShortcuts}
        onChange={(isOn) => setPreferences({ singleKeyShortcuts: isOn })}
      />
      <ContinueSwitch />
    </Box>
  );
}

function NotificationSwitch() {
  const { t } = useTranslation('settings');
  const { notifications } = usePreferences();
  const setPreferences = useSetPreferences();
  const [permission, setPermission] = useState(notificationAccess);
  const ask = async () => setPermission(await requestNotifications());
  const help = {
    granted: t('notificationsHelp'),
    default: t('notificationsHelp'),
    denied: t('notificationsDenied'),
    missing: t('notificationsMissing'),
  }[permission];
  return (
    <SettingSwitch
      label={t('notifications')}
      help={help}
      isOn={notifications}
      onChange={(isOn) => {
        setPreferences({ notifications: isOn });
        if (isOn && permission === 'default') void ask();
      }}
    >
      {notifications && permission === 'default' && (
        <Button size="small" onClick={() => void ask()}>
          {t('notificationsAsk')}
        </Button>
      )}
    </SettingSwitch>
  );
}

function ContinueSwitch() {
  const { t } = useTranslation('settings');
  const connection = useHostConnection();
  const status = useHostQuery('listQueue', { limit: 0 }).data?.status;
  const change = reported((enabled: boolean) => connection.call('setContinueAfterFailure', { enabled }));
  return (
    <SettingSwitch
      label={t('continueAfterFailure')}
      help={t('continueAfterFailureHelp')}
      isOn={status?.continueAfterFailure ?? true}
      onChange={(isOn) => void change(isOn)}
    />
  );
}

interface SettingSwitchProps {
  label: string;
  help: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
  children?: ReactNode;
}

function SettingSwitch({ label, help, isOn, onChange, children }: SettingSwitchProps) {
  return (
    <Box sx={{ display: 'grid', gap: 1, justifyItems: 'start' }}>
      <FormControlLabel control={<Switch checked={isOn} onChange={(_event, next) => onChange(next)} />} label={label} />
      <Typography variant="body2" color="textSecondary">
        {help}
      </Typography>
      {children}
    </Box>
  );
}
