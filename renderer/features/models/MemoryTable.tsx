// What training and a chat with a model need, beside what each device has. Runs in the renderer.
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableContainer from '@mui/material/TableContainer';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link as RouterLink } from 'react-router';
import type { MemoryFit, ModelInspection } from '../../../contracts/library.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { formatMemory } from '../../format.ts';
import { shortBy } from './model-fit.ts';

export function MemoryTable({ inspection, fits }: { inspection: ModelInspection; fits: readonly MemoryFit[] }) {
  const { t } = useTranslation('models');
  const size = (bytes: number | null) => (bytes === null ? t('fit.unknown') : formatMemory(bytes));
  const verdict = (bytes: number | null) => {
    if (bytes === null) return t('fit.unknown');
    return bytes === 0 ? t('model.fits') : t('fit.short', { size: formatMemory(bytes) });
  };
  return (
    <Box component="section" aria-labelledby="model-memory">
      <Typography variant="h2" id="model-memory">
        {t('model.memory')}
      </Typography>
      <Typography color="textSecondary">{t('model.memoryNote')}</Typography>
      {fits.length === 0 ? (
        <EmptyState
          text={t('model.noDevice')}
          actions={
            <Button component={RouterLink} to="/doctor">
              {t('model.checkDevices')}
            </Button>
          }
        />
      ) : (
        <TableContainer>
          <Table size="small" aria-labelledby="model-memory" sx={{ width: 'auto' }}>
            <TableHead>
              <TableRow>
                <TableCell>{t('model.device')}</TableCell>
                <TableCell align="right">{t('model.has')}</TableCell>
                <TableCell>{t('model.trainNeeds', { size: size(inspection.trainingMemoryBytes) })}</TableCell>
                <TableCell>{t('model.chatNeeds', { size: size(inspection.chatMemoryBytes) })}</TableCell>
              </TableRow>
            </TableHead>
            <TableBody>
              {fits.map(({ device, memoryBytes, shortByBytes }) => (
                <TableRow key={device}>
                  <TableCell>{device}</TableCell>
                  <TableCell align="right">{formatMemory(memoryBytes)}</TableCell>
                  <TableCell>{verdict(shortByBytes)}</TableCell>
                  <TableCell>{verdict(shortBy(inspection.chatMemoryBytes, memoryBytes))}</TableCell>
                </TableRow>
              ))}
            </TableBody>
          </Table>
        </TableContainer>
      )}
    </Box>
  );
}
