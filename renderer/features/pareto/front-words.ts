// Names of the drawn axes and how their values are written. Runs in the renderer.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ParetoResult } from '../../../contracts/analysis.ts';
import { valueText } from '../../charts/pareto/point-words.ts';
import { formatCount, formatDuration, formatFileSize, formatMeasure } from '../../format.ts';
import { choiceOf } from './objectives.ts';

export interface FrontWords {
  x: string;
  y: string;
  formatX: (value: number) => string;
  formatY: (value: number) => string;
}

export function useFrontWords(result: ParetoResult): FrontWords {
  const { t } = useTranslation('pareto');
  const { x, y, score, at } = choiceOf(result.objectives);
  return useMemo(() => {
    const formats = { numbers: formatCount, bytes: formatFileSize, duration: formatDuration, length: formatMeasure };
    const name =
      y === 'accuracy'
        ? [t('axes.accuracy'), score, ...(at === 'gain' ? [t('places.gain')] : [])].join(', ')
        : t(`axes.${y}`);
    return { x: t(`axes.${x}`), y: name, formatX: formats[x], formatY: (value) => valueText(value, result) };
  }, [t, result, x, y, score, at]);
}
