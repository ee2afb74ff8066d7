// A part of the form that is folded until it is needed, or until something in it is wrong. Runs in the renderer.
import { useId, useState } from 'react';
import type { ReactNode } from 'react';
import ClosedIcon from '@mui/icons-material/ChevronRight';
import OpenIcon from '@mui/icons-material/ExpandMore';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';

export interface FoldProps {
  label: string;
  /** Open whether the user opened it or not. */
  isForced?: boolean;
  children: ReactNode;
}

export function Fold({ label, isForced = false, children }: FoldProps) {
  const id = useId();
  const [wasOpened, setOpened] = useState(false);
  const isOpen = wasOpened || isForced;
  return (
    <Box>
      <Button
        variant="text"
        size="small"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpened(!isOpen)}
        startIcon={isOpen ? <OpenIcon /> : <ClosedIcon />}
        sx={{ ml: -2, whiteSpace: 'normal', textAlign: 'left' }}
      >
        {label}
      </Button>
      <Box id={id}>{isOpen && children}</Box>
    </Box>
  );
}
