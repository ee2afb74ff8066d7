// What the cells will cost: measured by pilots of two steps or estimated, and said which, and when. Runs in the renderer.
import { useState } from 'react';
import { useQueryClient } from '@tanstack/react-query';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { errorMessage } from '../../../contracts/app-error.ts';
import type { Preflight, PreflightProgress, PreflightWarning } from '../../../contracts/preflight.ts';
import { useNow } from '../../app/now.ts';
import { showToast } from '../../app/toasts.ts';
import { Banner } from '../../components/Banner.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostConnection, useHostEvents, useHostQuery } from '../../connection/hooks.ts';
import { hostQueryKey } from '../../connection/query-client.ts';
import { formatClock, formatDuration, formatEstimate, formatFileSize, formatMemory, formatTime } from '../../format.ts';
import { editDraft } from './draft.ts';
import { valueText } from './setting-words.ts';
import { PanelPart } from './PanelPart.tsx';
import type { PlannedSweep } from './use-planned-sweep.ts';

export function PreflightPanel({ planned: { source, problems, isCurrent } }: { planned: PlannedSweep }) {
  const { t } = useTranslation('newSweep');
  const isSound = isCurrent && problems.length === 0;
  const parameters = { source, measure: false, id: 'estimate' };
  const estimate = useHostQuery('preflightSweep', parameters, { enabled: isSound });
  const measurement = useMeasurement(parameters);
  return (
    <PanelPart title={t('preflight.title')}>
      {!isSound && estimate.data === undefined && (
        <Typography color="textSecondary">{t('preflight.needsFix')}</Typography>
      )}
      {estimate.error && <LoadFailed error={estimate.error} onRetry={() => void estimate.refetch()} />}
      {isSound && estimate.isPending && <Loading heightPx={120} />}
      {estimate.data && <Costs preflight={estimate.data} />}
      {measurement.isRunning && <Progress progress={measurement.progress} onCancel={measurement.cancel} />}
      {estimate.data && !measurement.isRunning && estimate.data.cells > 0 && estimate.data.basis !== 'measured' && (
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 3, alignItems: 'center' }}>
          <Typography>{t('preflight.twoSteps')}</Typography>
          <Button size="small" onClick={measurement.start} disabled={!isSound}>
            {t('preflight.measure')}
          </Button>
        </Box>
      )}
    </PanelPart>
  );
}

interface Measurement {
  isRunning: boolean;
  progress: PreflightProgress | null;
  start: () => void;
  cancel: () => void;
}

/** Runs pilots; what they find takes the place of the estimate. */
function useMeasurement(estimate: { source: PlannedSweep['source']; measure: boolean; id: string }): Measurement {
  const connection = useHostConnection();
  const client = useQueryClient();
  const [id, setId] = useState<string | null>(null);
  const [progress, setProgress] = useState<PreflightProgress | null>(null);
  useHostEvents((events) => {
    for (const event of events) if (event.type === 'preflightProgress' && event.id === id) setProgress(event);
  });
  const measure = async () => {
    const own = `measure-${crypto.randomUUID()}`;
    setId(own);
    setProgress(null);
    try {
      const measured = await connection.call('preflightSweep', { source: estimate.source, measure: true, id: own });
      client.setQueryData(hostQueryKey('preflightSweep', estimate), measured);
    } catch (error) {
      showToast(errorMessage(error), { tone: 'failure' });
    } finally {
      setId(null);
    }
  };
  return {
    isRunning: id !== null,
    progress,
    start: () => void measure(),
    cancel: () => {
      if (id !== null) void connection.call('cancelPreflight', { id });
    },
  };
}

function Progress({ progress, onCancel }: { progress: PreflightProgress | null; onCancel: () => void }) {
  const { t } = useTranslation('newSweep');
  const text =
    progress === null
      ? t('preflight.starting')
      : t('preflight.progress', {
          number: progress.done + 1,
          total: progress.total,
          label: progress.label,
          phase: progress.phase,
        });
  return (
    <Box sx={{ display: 'grid', gap: 1 }}>
      <Typography>{text}</Typography>
      <LinearProgress
        aria-label={t('preflight.title')}
        variant={progress === null ? 'indeterminate' : 'determinate'}
        value={progress === null ? 0 : (100 * progress.done) / Math.max(1, progress.total)}
      />
      <Button size="small" onClick={onCancel} sx={{ justifySelf: 'start' }}>
        {t('preflight.cancel')}
      </Button>
    </Box>
  );
}

function Costs({ preflight }: { preflight: Preflight }) {
  const { t } = useTranslation('newSweep');
  const { cells, durationMs, finishAtMs, peakMemoryBytes, deviceMemoryBytes, diskBytes, freeDiskBytes } = preflight;
  if (cells === 0) return <Typography color="textSecondary">{t('preflight.nothing')}</Typography>;
  const duration = preflight.basis === 'measured' ? formatDuration(durationMs) : formatEstimate(durationMs);
  return (
    <>
      <BasisText preflight={preflight} />
      {durationMs !== null && (
        <Typography sx={{ typography: 'h4' }}>
          {duration}
          {finishAtMs !== null && (
            <Typography component="span"> {t('preflight.doneAt', { time: doneAt(finishAtMs) })}</Typography>
          )}
        </Typography>
      )}
      {(preflight.queuedBeforeMs ?? 0) > 0 && (
        <Typography color="textSecondary">
          {t('preflight.behind', { duration: formatEstimate(preflight.queuedBeforeMs) })}
        </Typography>
      )}
      <Typography>
        {peakMemoryBytes === null
          ? t('preflight.memoryUnknown')
          : t(deviceMemoryBytes === null ? 'preflight.memory' : 'preflight.memoryOf', {
              used: formatMemory(peakMemoryBytes),
              total: deviceMemoryBytes === null ? '' : formatMemory(deviceMemoryBytes),
            })}
        {', '}
        {diskBytes === null
          ? t('preflight.diskUnknown')
          : t('preflight.disk', {
              used: formatFileSize(diskBytes),
              free: freeDiskBytes === null ? '–' : formatFileSize(freeDiskBytes),
            })}
      </Typography>
      {preflight.warnings.map((warning) => (
        <WarningBanner key={warning.message} warning={warning} />
      ))}
    </>
  );
}

/** The time of day, with the date where it is not today. */
function doneAt(atMs: number): string {
  const isToday = new Date(atMs).toDateString() === new Date().toDateString();
  return isToday ? formatClock(atMs) : formatTime(atMs, atMs + 2 * 24 * 3600 * 1000, 'en');
}

function BasisText({ preflight: { basis, measuredAtMs, shapes, notMeasured } }: { preflight: Preflight }) {
  const { t, i18n } = useTranslation('newSweep');
  const nowMs = useNow();
  const likeRuns = shapes.reduce((total, shape) => total + shape.likeRuns, 0);
  const when = measuredAtMs === null ? '' : formatTime(measuredAtMs, Math.max(nowMs, measuredAtMs), i18n.language);
  const problems = shapes.flatMap(({ label, problem }) => (problem === null ? [] : [`${label}: ${problem}`]));
  return (
    <Box>
      {notMeasured !== null && <Typography>{notMeasured}</Typography>}
      <Typography color="textSecondary">{t(`preflight.basis.${basis}`, { when, count: likeRuns })}</Typography>
      {problems.map((problem) => (
        <Typography key={problem} variant="body2" sx={{ color: 'error.main', overflowWrap: 'anywhere' }}>
          {problem}
        </Typography>
      ))}
    </Box>
  );
}

/** Never forbids; where settings would mend it, one click sets them. */
function WarningBanner({ warning: { message, remedy, changes } }: { warning: PreflightWarning }) {
  const { t } = useTranslation('newSweep');
  const entries = Object.entries(changes ?? {});
  return (
    <Banner
      tone="warning"
      actions={
        entries.length > 0 && (
          <Button
            size="small"
            onClick={() => editDraft(entries.map(([path, value]) => ({ path: ['base', ...path.split('.')], value })))}
          >
            {t('preflight.use', { changes: entries.map(([path, value]) => `${path} ${valueText(value)}`).join(', ') })}
          </Button>
        )
      }
    >
      {message} {remedy}
    </Banner>
  );
}
