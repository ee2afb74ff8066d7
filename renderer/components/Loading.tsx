// What stands in for content that is on its way: nothing, then a skeleton, then words, then Cancel. Runs in the renderer.
import { useEffect, useState } from 'react';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';

const SKELETON_AFTER_MS = 150;
const WORDS_AFTER_MS = 2_000;
const CANCEL_AFTER_MS = 10_000;

/** @param heightPx of the content to come, so that nothing jumps when it arrives */
export function Loading({ heightPx, onCancel }: { heightPx: number; onCancel?: () => void }) {
  const { t } = useTranslation();
  const waitedMs = useWaited([SKELETON_AFTER_MS, WORDS_AFTER_MS, CANCEL_AFTER_MS]);
  return (
    <Box sx={{ position: 'relative', height: heightPx }} aria-busy>
      {waitedMs >= SKELETON_AFTER_MS && <Skeleton variant="rounded" height={heightPx} />}
      {waitedMs >= WORDS_AFTER_MS && (
        <Box
          sx={{
            position: 'absolute',
            inset: 0,
            display: 'flex',
            alignItems: 'center',
            justifyContent: 'center',
            gap: 3,
          }}
        >
          <Typography>{t(waitedMs >= CANCEL_AFTER_MS ? 'stillLoading' : 'loading')}</Typography>
          {waitedMs >= CANCEL_AFTER_MS && onCancel && <Button onClick={onCancel}>{t('cancel')}</Button>}
        </Box>
      )}
    </Box>
  );
}

/** The largest of these times that has passed since the component was first shown; 0 before. */
function useWaited(timesMs: readonly [number, number, number]): number {
  const [waitedMs, setWaitedMs] = useState(0);
  const [first, second, third] = timesMs;
  useEffect(() => {
    const timers = [first, second, third].map((timeMs) => setTimeout(() => setWaitedMs(timeMs), timeMs));
    return () => timers.forEach(clearTimeout);
  }, [first, second, third]);
  return waitedMs;
}
