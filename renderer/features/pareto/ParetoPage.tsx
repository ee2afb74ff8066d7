// Pareto: what settings cost against what they reach, with their front, filters and what explains the result. Runs in the
// renderer.
import { useMemo, useState } from 'react';
import Button from '@mui/material/Button';
import { keepPreviousData } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { ParetoResult } from '../../../contracts/analysis.ts';
import { useCommands } from '../../app/commands.ts';
import type { Command } from '../../app/commands.ts';
import { Page } from '../../app/Page.tsx';
import { NEW_SWEEP_PATH } from '../../app/places.ts';
import { useSelectionInAddress } from '../../app/selection.ts';
import { ActionButton } from '../../components/ActionButton.tsx';
import { Banner } from '../../components/Banner.tsx';
import { EmptyState } from '../../components/EmptyState.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { FrontView } from './FrontView.tsx';
import { withFrontOf } from './filters.ts';
import { allObjectives, drawnObjectives } from './objectives.ts';
import { ParetoControls } from './ParetoControls.tsx';
import { chosenSweeps, useParetoState } from './pareto-state.ts';
import type { ParetoState } from './pareto-state.ts';

/** Of a front: with one point there is nothing to weigh. */
const FEWEST_POINTS = 2;

export function ParetoPage() {
  const { t } = useTranslation('pareto');
  const state = useParetoState();
  const [isExporting, setExporting] = useState(false);
  useSelectionInAddress('/pareto');
  const list = useHostQuery('listSweeps', {});
  const { sweeps, unknown } = chosenSweeps(state.named, list.data ?? []);
  const ids = sweeps.map(({ id }) => id);
  const front = useFront(ids, state);
  const result = front.data;
  const canExport = result !== undefined && result.points.length >= FEWEST_POINTS;
  useExportCommand(canExport, () => setExporting(true));
  const error = list.error ?? front.error;
  return (
    <Page
      title={t('title')}
      actions={
        <ActionButton
          variant="contained"
          onClick={() => setExporting(true)}
          disabledReason={canExport ? undefined : t('empty')}
        >
          {t('exportFigure')}
        </ActionButton>
      }
    >
      {unknown.map((name) => (
        <Banner
          key={name}
          tone="warning"
          actions={
            <Button onClick={() => state.setNamed(state.named.filter((other) => other !== name))}>
              {t('leaveOut', { name })}
            </Button>
          }
        >
          {t('missingSweep', { name })}
        </Banner>
      ))}
      {list.data && list.data.length > 0 && <ParetoControls state={state} chosen={sweeps} sweeps={list.data} />}
      {error && <LoadFailed error={error} onRetry={() => void Promise.all([list.refetch(), front.refetch()])} />}
      {!error && result === undefined && (list.data === undefined || ids.length > 0) && <Loading heightPx={420} />}
      {((list.data !== undefined && ids.length === 0) || (result && !canExport)) && <NoFront result={result} />}
      {canExport && (
        <FrontView
          result={result}
          sweeps={sweeps}
          state={state}
          exporting={{ isOpen: isExporting, onChange: setExporting }}
        />
      )}
    </Page>
  );
}

/** The drawn objectives' answer; where dominance counts a third one, with its front. */
function useFront(sweeps: readonly string[], { choice, frontOf }: ParetoState) {
  const isAsked = sweeps.length > 0;
  const common = { sweeps: [...sweeps], runs: [], reference: null, resamples: 1000, seed: 0 };
  const drawn = useHostQuery(
    'pareto',
    { ...common, objectives: drawnObjectives(choice) },
    { enabled: isAsked, placeholderData: keepPreviousData },
  );
  const countsAll = choice.z !== 'none' && frontOf === 'all';
  // Without what was there before: the front of other objectives would stand under this one's name.
  const all = useHostQuery(
    'pareto',
    { ...common, objectives: allObjectives(choice) },
    { enabled: isAsked && countsAll },
  );
  const data = useMemo((): ParetoResult | undefined => {
    if (!isAsked || !countsAll) return isAsked ? drawn.data : undefined;
    return drawn.data && all.data && withFrontOf(drawn.data, all.data);
  }, [isAsked, countsAll, drawn.data, all.data]);
  const refetch = () => Promise.all([drawn.refetch(), ...(countsAll ? [all.refetch()] : [])]);
  return { data, error: drawn.error ?? (countsAll ? all.error : null), refetch };
}

function NoFront({ result }: { result: ParetoResult | undefined }) {
  const { t } = useTranslation('pareto');
  const notDrawn = result === undefined ? 0 : result.unfinished + result.incomplete;
  return (
    <>
      <EmptyState
        text={t('empty')}
        actions={
          <Button component={RouterLink} to={NEW_SWEEP_PATH}>
            {t('newSweep')}
          </Button>
        }
      />
      {notDrawn > 0 && <EmptyState text={t('notDrawn', { count: notDrawn })} />}
    </>
  );
}

function useExportCommand(canExport: boolean, open: () => void): void {
  const { t } = useTranslation('pareto');
  const [run] = useState(() => open);
  const commands = useMemo<Command[]>(
    () => [
      {
        id: 'pareto.export',
        section: 'do',
        title: t('exportFigure'),
        ...(canExport ? {} : { disabledReason: t('empty') }),
        run,
      },
    ],
    [t, canExport, run],
  );
  useCommands(commands);
}
