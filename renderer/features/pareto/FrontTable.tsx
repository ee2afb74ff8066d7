// The members of the front, smallest first, and what is selected besides; each with its menu. Runs in the renderer.
import { useMemo } from 'react';
import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink, useNavigate } from 'react-router';
import type { ParetoPoint, ParetoResult } from '../../../contracts/analysis.ts';
import { errorMessage } from '../../../contracts/app-error.ts';
import { copyText } from '../../app/clipboard.ts';
import { NEW_SWEEP_PATH } from '../../app/places.ts';
import { useRunName } from '../../app/run-names.ts';
import { showToast } from '../../app/toasts.ts';
import type { PointLink } from '../../charts/linked-points.ts';
import { scoreText } from '../../charts/pareto/point-words.ts';
import { ActionMenu } from '../../components/ActionMenu.tsx';
import { useHostConnection } from '../../connection/hooks.ts';
import { formatCount, formatRate } from '../../format.ts';
import type { FrontWords } from './front-words.ts';

export interface FrontTableProps {
  result: ParetoResult;
  shown: ReadonlySet<string> | null;
  selected: ReadonlySet<string>;
  link: PointLink;
  words: FrontWords;
  onOpen: (point: ParetoPoint) => void;
  onSelect: (point: ParetoPoint) => void;
}

export function FrontTable({ result, shown, selected, link, words, onOpen, onSelect }: FrontTableProps) {
  const { t } = useTranslation('pareto');
  const { points, front } = result;
  const rows = useMemo(() => {
    const members = front.flatMap((index) => points[index] ?? []);
    const others = points.filter(({ key, isOnFront }) => !isOnFront && selected.has(key));
    return [...members, ...others].filter(({ key }) => shown === null || shown.has(key));
  }, [points, front, selected, shown]);
  return (
    <Box component="section" aria-labelledby="front-table" sx={{ minWidth: 0, overflow: 'auto', maxHeight: 520 }}>
      <Typography variant="h2" id="front-table">
        {t('frontCount', { front: formatCount(front.length), count: points.length })}
      </Typography>
      <Table size="small" stickyHeader aria-labelledby="front-table">
        <TableHead>
          <TableRow>
            <TableCell>{words.x}</TableCell>
            <TableCell>{words.y}</TableCell>
            <TableCell>{t('place')}</TableCell>
            <TableCell>{t('actions')}</TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {rows.map((point) => (
            <FrontRow
              key={point.key}
              {...{ point, result, words, onOpen, onSelect }}
              isSelected={selected.has(point.key)}
              isHovered={link.hovered === point.key}
              onHover={link.onHover}
            />
          ))}
        </TableBody>
      </Table>
      {rows.length === 0 && <Typography color="textSecondary">{t('noneShown')}</Typography>}
    </Box>
  );
}

interface FrontRowProps extends Pick<FrontTableProps, 'result' | 'words' | 'onOpen' | 'onSelect'> {
  point: ParetoPoint;
  isSelected: boolean;
  isHovered: boolean;
  onHover: (key: string | null) => void;
}

function FrontRow({ point, result, words, isSelected, isHovered, onHover, onOpen, onSelect }: FrontRowProps) {
  const { t } = useTranslation('pareto');
  const runName = useRunName();
  const actions = usePointActions(point, onOpen, onSelect, isSelected);
  const x = point.objectives[0]?.value ?? NaN;
  const place = !point.isOnFront ? 'dominated' : point.isUncertain ? 'uncertain' : 'sure';
  return (
    <TableRow
      hover
      selected={isSelected}
      onMouseEnter={() => onHover(point.key)}
      onMouseLeave={() => onHover(null)}
      onFocus={() => onHover(point.key)}
      onBlur={() => onHover(null)}
      sx={{
        boxShadow: isSelected ? 'inset 3px 0 var(--mui-palette-primary-main)' : 'none',
        bgcolor: isHovered ? 'action.hover' : undefined,
      }}
    >
      <TableCell>
        <Link
          component={RouterLink}
          to={`/runs/${runName(point.runIds[0] ?? '')}`}
          title={point.label}
          aria-label={`${words.formatX(x)}, ${point.label}`}
        >
          {words.formatX(x)}
        </Link>
      </TableCell>
      <TableCell sx={{ whiteSpace: 'nowrap' }}>{scoreText(point, result)}</TableCell>
      <TableCell>
        {t(`placeWords.${place}`)}
        {place === 'uncertain' && point.frontShare !== null && ` ${formatRate(point.frontShare, 100)}`}
      </TableCell>
      <TableCell>
        <ActionMenu label={t('moreFor', { label: point.label })} actions={actions} />
      </TableCell>
    </TableRow>
  );
}

function usePointActions(
  point: ParetoPoint,
  onOpen: (point: ParetoPoint) => void,
  onSelect: (point: ParetoPoint) => void,
  isSelected: boolean,
) {
  const { t } = useTranslation('pareto');
  const navigate = useNavigate();
  const connection = useHostConnection();
  const runName = useRunName();
  const [first = ''] = point.runIds;
  const copyAdapter = async () => {
    try {
      const { text } = await connection.call('exportAdapterLine', { id: first });
      await copyText(text, t('adapterCopied', { label: point.label }));
    } catch (error) {
      showToast(errorMessage(error), { tone: 'failure' });
    }
  };
  const isWhole = point.adapter === 'full' ? t('wholeModel') : undefined;
  return [
    { label: t('open'), run: () => onOpen(point) },
    { label: t(isSelected ? 'deselect' : 'select'), run: () => onSelect(point) },
    { label: t('playground'), run: () => void navigate(`/playground?b=${runName(first)}`), disabledReason: isWhole },
    { label: t('exportAdapter'), run: () => void copyAdapter(), disabledReason: isWhole },
    { label: t('newSweepFrom'), run: () => void navigate(`${NEW_SWEEP_PATH}?from=${runName(first)}`) },
  ];
}
