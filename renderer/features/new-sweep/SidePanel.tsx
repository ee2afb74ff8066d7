// Beside the form, live: how many cells, how many numbers each trains and which modules share them, what it will cost.
// Runs in the renderer.
import { useState } from 'react';
import Box from '@mui/material/Box';
import Chip from '@mui/material/Chip';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { SweepPlan } from '../../../contracts/sweep-report.ts';
import { GroupMap } from '../../charts/GroupMap.tsx';
import { LoadFailed } from '../../components/LoadFailed.tsx';
import { Loading } from '../../components/Loading.tsx';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatCount, formatShortCount } from '../../format.ts';
import { PanelPart } from './PanelPart.tsx';
import { PreflightPanel } from './PreflightPanel.tsx';
import { cellFactors } from './recipe-content.ts';
import type { Content } from './recipe-content.ts';
import { isToStart } from './use-planned-sweep.ts';
import type { PlannedSweep } from './use-planned-sweep.ts';

const MOST_NUMBERS = 24;

export interface SidePanelProps {
  content: Content | null;
  planned: PlannedSweep;
}

export function SidePanel({ content, planned }: SidePanelProps) {
  const { t } = useTranslation('newSweep');
  const { plan, problems, isCurrent } = planned;
  return (
    <Box sx={{ display: 'grid', gap: 5, alignContent: 'start', minWidth: 0 }}>
      {problems.length > 0 && (
        <Typography color="textSecondary">{t(plan === null ? 'planNeedsFix' : 'planIsOld')}</Typography>
      )}
      {plan === null && problems.length === 0 && <Loading heightPx={240} />}
      {plan !== null && (
        <>
          <CellsPart plan={plan} content={isCurrent && problems.length === 0 ? content : null} />
          <GroupsPart plan={plan} />
        </>
      )}
      {plan !== null && <PreflightPanel planned={planned} />}
    </Box>
  );
}

function CellsPart({ plan, content }: { plan: SweepPlan; content: Content | null }) {
  const { t } = useTranslation('newSweep');
  const { cells, duplicatesRemoved } = plan;
  const baselines = cells.filter(({ role }) => role === 'baseline').length;
  const left = cells.length - cells.filter(isToStart).length;
  const numbers = [...new Set(cells.map(({ parameterCount }) => parameterCount))].sort((one, other) => one - other);
  const factors = content === null ? [] : cellFactors(content);
  return (
    <PanelPart title={t('cells')}>
      <Typography sx={{ typography: 'h4' }}>{formatCount(cells.length)}</Typography>
      <Box>
        {factors.length > 0 && (
          <Typography>
            {factors.map(({ kind, path, count }) => t(`factor.${kind}`, { count, path: shortName(path) })).join(' × ')}
            {baselines > 0 && ` + ${t('baselineCells', { count: baselines })}`}
          </Typography>
        )}
        <Typography color="textSecondary">
          {t('planned', {
            planned: formatCount(cells.length + duplicatesRemoved),
            duplicates: t('duplicates', { count: duplicatesRemoved }),
          })}
        </Typography>
        {left > 0 && <Typography color="textSecondary">{t('leftAlone', { count: left })}</Typography>}
      </Box>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'center' }}>
        <Typography>{t('numbers')}</Typography>
        {numbers.slice(0, MOST_NUMBERS).map((count) => (
          <Chip
            key={count}
            size="small"
            variant="outlined"
            label={formatShortCount(count)}
            title={formatCount(count)}
          />
        ))}
        {numbers.length > MOST_NUMBERS && t('axis.more', { count: formatCount(numbers.length - MOST_NUMBERS) })}
      </Box>
    </PanelPart>
  );
}

function shortName(path: string): string {
  return path.split('.').at(-1) ?? path;
}

/** Adapters of the cells, each once, with the model that it adapts. */
function distinctAdapters({ cells }: SweepPlan) {
  const adapters = new Map<string, { key: string; label: string; model: string; adapter: AdapterOf }>();
  for (const { config, parameterCount } of cells) {
    const { model, adapter } = config;
    const key = JSON.stringify([model, adapter]);
    if (adapter.kind !== 'tinylora' || adapters.has(key)) continue;
    const tying = adapter.tying === 'all' ? adapter.tying : `${adapter.tying} ${adapter.nTie}`;
    const label = `${formatCount(parameterCount)} · r ${adapter.rank} · u ${adapter.u} · ${tying}`;
    adapters.set(key, { key, label, model, adapter });
  }
  return [...adapters.values()];
}
type AdapterOf = SweepPlan['cells'][number]['config']['adapter'];

function GroupsPart({ plan }: { plan: SweepPlan }) {
  const { t } = useTranslation('newSweep');
  const [chosen, setChosen] = useState('');
  const adapters = distinctAdapters(plan);
  const shown = adapters.find(({ key }) => key === chosen) ?? adapters[0];
  if (shown === undefined) {
    return (
      <PanelPart title={t('groups')}>
        <Typography color="textSecondary">{t('noGroups')}</Typography>
      </PanelPart>
    );
  }
  return (
    <PanelPart title={t('groups')}>
      <TextField
        select
        value={shown.key}
        onChange={({ target }) => setChosen(target.value)}
        slotProps={{ select: { native: true }, htmlInput: { 'aria-label': t('groupsOf') } }}
      >
        {adapters.map(({ key, label }) => (
          <option key={key} value={key}>
            {t('numbersOf', { adapter: label })}
          </option>
        ))}
      </TextField>
      <AdapterGroups model={shown.model} adapter={shown.adapter} fileName={`${plan.name}-groups`} />
    </PanelPart>
  );
}

function AdapterGroups({ model, adapter, fileName }: { model: string; adapter: AdapterOf; fileName: string }) {
  const map = useHostQuery('adapterMap', { model, adapter });
  if (map.error) return <LoadFailed error={map.error} onRetry={() => void map.refetch()} />;
  if (map.data === undefined) return <Loading heightPx={200} />;
  const { modules, layerCount, groupSizes } = map.data;
  return <GroupMap modules={modules} layerCount={layerCount} groupSizes={groupSizes} fileName={fileName} />;
}
