// What stands in the way of an answer: the GPU is held, the playground's process has stopped. Runs in the renderer.
import { useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Collapse from '@mui/material/Collapse';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { reported } from '../../app/reported.ts';
import { Banner } from '../../components/Banner.tsx';
import { useHostConnection, useHostQuery } from '../../connection/hooks.ts';
import { formatMeasure } from '../../format.ts';
import type { DeviceChoice } from './device-choice.ts';

const SPEED_DIGITS = 2;

export function PlaygroundNotices({ device }: { device: DeviceChoice }) {
  return (
    <>
      <GpuNotice device={device} />
      <StoppedNotice />
    </>
  );
}

function GpuNotice({ device }: { device: DeviceChoice }) {
  const { t } = useTranslation('playground');
  const { choice, heldBy, isWaiting, hasGpu, cpuTokensPerSecond } = device;
  if (choice === 'cpu' && hasGpu) {
    return (
      <Banner
        tone="warning"
        actions={
          <Button size="small" onClick={() => device.setCpu(false)}>
            {t('useGpu')}
          </Button>
        }
      >
        {t('onCpu')}
      </Banner>
    );
  }
  if (choice !== 'ask' || heldBy === null) return null;
  const speed = cpuTokensPerSecond === null ? null : formatMeasure(cpuTokensPerSecond, SPEED_DIGITS);
  const held = speed === null ? t('gpuHeld', { run: heldBy }) : t('gpuHeldSpeed', { run: heldBy, speed });
  return (
    <Banner
      tone="warning"
      actions={
        <>
          <Button size="small" onClick={() => device.setCpu(true)}>
            {t('useCpu')}
          </Button>
          <Button size="small" onClick={() => device.setWaiting(!isWaiting)}>
            {t(isWaiting ? 'stopWaiting' : 'wait')}
          </Button>
        </>
      }
    >
      {isWaiting ? t('waitingForGpu', { run: heldBy }) : held}
    </Banner>
  );
}

function StoppedNotice() {
  const { t } = useTranslation('playground');
  const connection = useHostConnection();
  const [isOpen, setOpen] = useState(false);
  const state = useHostQuery('playgroundState', {}).data;
  const restart = reported(() => connection.call('restartPlayground', {}));
  if (state?.state !== 'stopped') return null;
  return (
    <Box role="alert">
      <Banner
        tone="error"
        actions={
          <>
            <Button size="small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              {t('why')}
            </Button>
            <Button size="small" variant="contained" onClick={() => void restart()}>
              {t('restart')}
            </Button>
          </>
        }
      >
        {t('stopped')}
      </Banner>
      <Collapse in={isOpen} unmountOnExit>
        <Typography
          className="code"
          variant="body2"
          sx={{ p: 3, bgcolor: 'studio.sunken', borderRadius: 1, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
        >
          {state.failure}
        </Typography>
      </Collapse>
    </Box>
  );
}
