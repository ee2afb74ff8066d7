// Icons of the rows, drawn once and used by name: an icon component a cell would make scrolling slow. Runs in the renderer.
import { memo } from 'react';
import EditIcon from '@mui/icons-material/EditOutlined';
import { STATE_ICONS } from '../../components/StateLabel.tsx';

/** The symbols, to stand once beside the rows. */
export const RowIconSymbols = memo(function RowIconSymbols({ gridId }: { gridId: string }) {
  return (
    <svg width={0} height={0} aria-hidden style={{ position: 'absolute' }}>
      <symbol id={`${gridId}-edit`} viewBox="0 0 24 24">
        <EditIcon sx={{ width: 24, height: 24 }} />
      </symbol>
      {Object.entries(STATE_ICONS).map(([state, Icon]) => (
        <symbol key={state} id={`${gridId}-${state}`} viewBox="0 0 24 24">
          <Icon sx={{ width: 24, height: 24 }} />
        </symbol>
      ))}
    </svg>
  );
});

/** @param name `edit`, or a state */
export function RowIcon({ gridId, name }: { gridId: string; name: string }) {
  return (
    <svg className="icon" width={16} height={16} aria-hidden>
      <use href={`#${gridId}-${name}`} />
    </svg>
  );
}
