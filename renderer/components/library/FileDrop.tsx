// Files can be dropped anywhere in the window. Runs in the renderer.
import { useEffect, useEffectEvent, useState } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { useFileAdder } from './add-files.ts';

export function FileDrop() {
  const { t } = useTranslation('models');
  const { addFiles } = useFileAdder();
  const [isOver, setOver] = useState(false);
  const drop = useEffectEvent((files: readonly File[]) => void addFiles(files));

  useEffect(() => {
    // Entering a child is told before leaving its parent.
    let depth = 0;
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const onEnter = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth += 1;
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth -= 1;
      if (depth <= 0) setOver(false);
    };
    const onOver = (event: DragEvent) => {
      // Else the browser opens the file in place of the studio.
      if (hasFiles(event)) event.preventDefault();
    };
    const onDrop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      drop([...(event.dataTransfer?.files ?? [])]);
    };
    // Of places that take a drop themselves, too.
    const onEnd = () => {
      depth = 0;
      setOver(false);
    };
    window.addEventListener('drop', onEnd, { capture: true });
    window.addEventListener('dragenter', onEnter);
    window.addEventListener('dragleave', onLeave);
    window.addEventListener('dragover', onOver);
    window.addEventListener('drop', onDrop);
    return () => {
      window.removeEventListener('drop', onEnd, { capture: true });
      window.removeEventListener('dragenter', onEnter);
      window.removeEventListener('dragleave', onLeave);
      window.removeEventListener('dragover', onOver);
      window.removeEventListener('drop', onDrop);
    };
  }, []);

  if (!isOver) return null;
  return (
    <Box
      sx={{
        position: 'fixed',
        inset: 8,
        zIndex: 'tooltip',
        display: 'grid',
        placeContent: 'center',
        textAlign: 'center',
        bgcolor: 'studio.selectedRow',
        border: '2px dashed',
        borderColor: 'primary.main',
        borderRadius: 1,
        opacity: 0.95,
        pointerEvents: 'none',
      }}
    >
      <Typography variant="h2" component="p">
        {t('dropTitle')}
      </Typography>
      <Typography>{t('dropText')}</Typography>
    </Box>
  );
}
