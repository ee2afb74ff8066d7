// The doctor's list: each device, why it cannot be used and what to do, engine, store, probes, versions. Runs in the renderer.
import { useState } from 'react';
import type { ReactNode } from 'react';
import DoneIcon from '@mui/icons-material/CheckCircle';
import FailedIcon from '@mui/icons-material/Dangerous';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Collapse from '@mui/material/Collapse';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { DeviceReport, DoctorReport } from '../../../contracts/studio.ts';
import { useNow } from '../../app/now.ts';
import { Facts } from '../../components/Facts.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatMemory, formatTime } from '../../format.ts';
import { LAST_REPORT, useBackUp, useSetCpuAllowed } from './studio-actions.ts';

export function DevicesTab() {
  const { t, i18n } = useTranslation('settings');
  const nowMs = useNow();
  const report = useHostQuery('checkDevices', LAST_REPORT);
  if (report.error) return <LoadFailed error={report.error} onRetry={() => void report.refetch()} />;
  if (report.data === undefined) return <Loading heightPx={240} />;
  const { devices, checkedAtMs, cpuAllowed, probes } = report.data;
  return (
    <Box sx={{ display: 'grid', gap: 4 }}>
      <Box component="ul" aria-label={t('tabs.devices')} sx={{ m: 0, p: 0 }}>
        {devices.map((device) => (
          <DeviceRow key={device.name} device={device} cpuAllowed={cpuAllowed} />
        ))}
        <EngineRow report={report.data} />
        <StoreRow report={report.data} />
      </Box>
      <Typography variant="body2" color="textSecondary">
        {t('devices.checkedAt', { time: formatTime(checkedAtMs, nowMs, i18n.language) })}
      </Typography>
      <Probes probes={probes} />
      <Versions report={report.data} />
    </Box>
  );
}

interface DoctorRowProps {
  name: string;
  isGood: boolean;
  detail: ReactNode;
  remedy?: string | null;
  actions?: ReactNode;
}

function DoctorRow({ name, isGood, detail, remedy = null, actions }: DoctorRowProps) {
  const { t } = useTranslation('settings');
  const [isOpen, setOpen] = useState(false);
  const Icon = isGood ? DoneIcon : FailedIcon;
  return (
    <Box component="li" sx={{ listStyle: 'none', py: 2, borderBottom: 1, borderColor: 'divider' }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 4, rowGap: 1 }}>
        <Box
          sx={{
            width: 104,
            display: 'inline-flex',
            alignItems: 'center',
            gap: 1,
            color: isGood ? 'status.done' : 'status.failed',
          }}
        >
          <Icon sx={{ fontSize: 16 }} aria-hidden />
          <Typography component="span">{t(isGood ? 'devices.usable' : 'devices.unusable')}</Typography>
        </Box>
        <Typography sx={{ width: 96, fontWeight: 600 }}>{name}</Typography>
        <Typography sx={{ flex: '1 1 280px', minWidth: 0, overflowWrap: 'anywhere' }}>{detail}</Typography>
        {remedy !== null && (
          <Button size="small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {t('devices.howTo')}
          </Button>
        )}
        {actions}
      </Box>
      {remedy !== null && (
        <Collapse in={isOpen} unmountOnExit>
          <Typography sx={{ mt: 2, p: 3, bgcolor: 'studio.sunken', borderRadius: 1, whiteSpace: 'pre-wrap' }}>
            {remedy}
          </Typography>
        </Collapse>
      )}
    </Box>
  );
}

function DeviceRow({ device, cpuAllowed }: { device: DeviceReport; cpuAllowed: boolean }) {
  const { t } = useTranslation('settings');
  const setCpuAllowed = useSetCpuAllowed();
  const { name, kind, description, usable, reason, remedy, memoryFreeBytes, memoryTotalBytes, hasOwnKernels } = device;
  const details = [reason ?? description];
  if (device.isBeingTried) details.push(t('devices.beingTried'));
  if (usable && memoryTotalBytes !== null) {
    const total = formatMemory(memoryTotalBytes);
    details.push(
      memoryFreeBytes === null
        ? t('devices.memoryTotal', { total })
        : t('devices.memory', { free: formatMemory(memoryFreeBytes), total }),
    );
  }
  if (hasOwnKernels !== null) details.push(t(hasOwnKernels ? 'devices.ownKernels' : 'devices.noOwnKernels'));
  const isLostGpu = kind === 'gpu' && !usable;
  if (isLostGpu && cpuAllowed) details.push(t('devices.cpuUsed'));
  return (
    <DoctorRow
      name={name}
      isGood={usable}
      detail={details.join(' · ')}
      remedy={remedy}
      actions={
        isLostGpu && (
          <Button size="small" onClick={() => void setCpuAllowed(!cpuAllowed)}>
            {t(cpuAllowed ? 'devices.stopCpu' : 'devices.useCpu')}
          </Button>
        )
      }
    />
  );
}

function EngineRow({ report: { addonFailure, versions } }: { report: DoctorReport }) {
  const { t } = useTranslation('settings');
  const version = (text: string | null) => text ?? t('devices.unknown');
  const good = t('devices.engineGood', { llama: version(versions.llama), ggml: version(versions.ggml) });
  return <DoctorRow name={t('devices.engine')} isGood={addonFailure === null} detail={addonFailure ?? good} />;
}

function StoreRow({ report: { store } }: { report: DoctorReport }) {
  const { t, i18n } = useTranslation('settings');
  const nowMs = useNow();
  const backUp = useBackUp();
  const time = (atMs: number) => formatTime(atMs, nowMs, i18n.language);
  const { damage, checkedAtMs, lastBackup } = store;
  const backup =
    lastBackup === null ? t('devices.noBackup') : t('devices.backupAt', { time: time(lastBackup.createdAtMs) });
  const good =
    checkedAtMs === null
      ? `${t('devices.storeUnchecked')}, ${backup}`
      : t('devices.storeGood', { time: time(checkedAtMs), backup });
  return (
    <DoctorRow
      name={t('devices.store')}
      isGood={damage === null}
      detail={damage === null ? good : t('devices.storeDamaged', { damage })}
      remedy={damage === null ? null : t('devices.storeRemedy')}
      actions={
        <Button size="small" onClick={() => void backUp()}>
          {t('devices.backUp')}
        </Button>
      }
    />
  );
}

function Probes({ probes }: { probes: DoctorReport['probes'] }) {
  const { t } = useTranslation('settings');
  const [isOpen, setOpen] = useState(false);
  return (
    <Box>
      <Button size="small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {t(isOpen ? 'devices.probesHide' : 'devices.probes')}
      </Button>
      <Collapse in={isOpen} unmountOnExit>
        {probes.length === 0 && <Typography sx={{ mt: 2 }}>{t('devices.noProbe')}</Typography>}
        {probes.map(({ command, output }) => (
          <Box key={command} sx={{ mt: 3 }}>
            <Typography className="code" variant="body2" sx={{ fontWeight: 600 }}>
              {command}
            </Typography>
            <Box
              component="pre"
              tabIndex={0}
              sx={{
                m: 0,
                mt: 1,
                p: 3,
                maxHeight: 320,
                overflow: 'auto',
                typography: 'body2',
                fontFamily: 'inherit',
                bgcolor: 'studio.sunken',
                borderRadius: 1,
                whiteSpace: 'pre-wrap',
                overflowWrap: 'anywhere',
              }}
            >
              <code>{output}</code>
            </Box>
          </Box>
        ))}
      </Collapse>
    </Box>
  );
}

function Versions({ report: { versions } }: { report: DoctorReport }) {
  const { t } = useTranslation('settings');
  const info = useHostQuery('hostInfo', {}).data;
  return (
    <Box component="section">
      <Typography variant="h2" gutterBottom>
        {t('devices.versions')}
      </Typography>
      <Facts
        facts={[
          [t('devices.code'), info?.codeVersion ?? t('devices.unknown')],
          [t('devices.node'), versions.node],
          [t('devices.platform'), versions.platform],
        ]}
      />
    </Box>
  );
}
