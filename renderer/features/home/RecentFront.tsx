// The front of a recent sweep so far, the size of a word. Runs in the renderer.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { SweepSummary } from '../../../contracts/sweep-report.ts';
import { FrontSparkline } from '../../charts/FrontSparkline.tsx';
import { useHostConnection } from '../../connection/hooks.ts';
import { MISSING } from '../../format.ts';

const LEAST_CELLS = 2;

export function RecentFront({ sweep }: { sweep: SweepSummary }) {
  const { t } = useTranslation('home');
  const connection = useHostConnection();
  const done = sweep.cellsByState.done ?? 0;
  const mode = sweep.best?.sampled ? 'sampled' : 'greedy';
  const { data } = useQuery({
    // Asked again with each cell that is done, and not with every change of a run.
    queryKey: ['recentFront', sweep.id, done, mode],
    enabled: done >= LEAST_CELLS && sweep.best !== null,
    queryFn: () =>
      connection.call('pareto', {
        sweeps: [sweep.id],
        runs: [],
        objectives: [
          { key: 'numbers', goal: 'min', log: true },
          { key: mode, goal: 'max', log: false },
        ],
        reference: null,
        // Where the front lies is drawn here, not how sure it is.
        resamples: 0,
        seed: 0,
      }),
  });
  if (data === undefined || data.attainment.length === 0) return MISSING;
  const label = t('frontOf', { front: data.front.length, count: data.points.length });
  return <FrontSparkline corners={data.attainment} label={label} />;
}
