// How much each setting explains of a result, or why nothing can be said. A click colours the front by a setting. Runs in
// the renderer.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImportanceResult } from '../../contracts/analysis.ts';
import { useScheme } from '../app/appearance.ts';
import { formatMeasure } from '../format.ts';
import type { Scheme } from '../theme/tokens.ts';
import { ChartFrame } from './ChartFrame.tsx';
import { SCREEN_STYLE } from './chart-theme.ts';
import { importanceOption } from './importance-option.ts';

export interface ImportanceBarsProps {
  /** With settings: an answer with a reason has nothing to draw. */
  result: ImportanceResult;
  title: string;
  fileName: string;
  chosen: string | null;
  onChoose: (path: string) => void;
}

const BAR_ROOM_PX = 26;
const AXIS_ROOM_PX = 36;

export function ImportanceBars({ result, title, fileName, chosen, onChoose }: ImportanceBarsProps) {
  const { t } = useTranslation('charts');
  const scheme = useScheme();
  const build = useMemo(
    () => (drawnScheme: Scheme, lineWidthPx: number) =>
      importanceOption(result, { scheme: drawnScheme, lineWidthPx, chosen }),
    [result, chosen],
  );
  const option = useMemo(() => build(scheme, SCREEN_STYLE.lineWidthPx), [build, scheme]);
  const { settings, interactions, method } = result;
  const [first] = settings;
  const text = ({ path, importance, low, high }: ImportanceResult['settings'][number]) =>
    `${path} ${formatMeasure(importance, 2)} [${formatMeasure(low, 2)}, ${formatMeasure(high, 2)}]`;
  const open = (index: number) => {
    const setting = settings[index];
    if (setting) onChoose(setting.path);
  };
  return (
    <ChartFrame
      {...{ title, fileName, option }}
      scope={t('importance.method', method)}
      summary={
        first === undefined
          ? ''
          : t('importance.summary', {
              path: first.path,
              share: formatMeasure(first.importance, 2),
              rest: formatMeasure(interactions, 2),
            })
      }
      drawnPoints={settings.length}
      totalPoints={settings.length}
      table={{
        columns: ['setting', 'importance', 'low', 'high', 'values'],
        rows: settings.map(({ path, importance, low, high, values }) => [path, importance, low, high, values]),
      }}
      figure={({ lineWidthPx }) => build('light', lineWidthPx)}
      heightPx={settings.length * BAR_ROOM_PX + AXIS_ROOM_PX}
      series={[
        {
          name: title,
          seriesId: 'importance',
          points: settings.map((setting, dataIndex) => ({ text: text(setting), dataIndex })),
        },
      ]}
      onOpenPoint={(_, dataIndex) => open(dataIndex)}
    />
  );
}
