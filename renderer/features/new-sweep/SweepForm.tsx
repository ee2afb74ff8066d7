// The recipe as a form: model, task, adapter, trainer, evaluation, engine, seeds, listed cells. Runs in the renderer.
import type { ReactNode } from 'react';
import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import type { SettingSection } from '../../../contracts/setting-sources.ts';
import { useHostQuery } from '../../connection/hooks.ts';
import { formatFileSize, formatCount } from '../../format.ts';
import { CellList } from './CellList.tsx';
import { Fold } from './Fold.tsx';
import type { FormModel } from './form-model.ts';
import { OtherAxes } from './OtherAxes.tsx';
import type { SettingState } from './recipe-content.ts';
import type { ReferenceChoice } from './ReferenceInput.tsx';
import { SeedsRow } from './SeedsRow.tsx';
import { SettingFieldRow } from './SettingField.tsx';
import { TaskRow } from './TaskRow.tsx';
import { TextRow } from './TextRow.tsx';

interface FormPart {
  name: 'model' | 'task' | 'adapter' | 'trainer' | 'evaluation' | 'engine';
  sections: readonly SettingSection[];
  /** Shown at once, in this order; the rest of a part is folded. */
  basic: readonly string[];
}

const PARTS: readonly FormPart[] = [
  { name: 'model', sections: ['model'], basic: ['model'] },
  {
    name: 'task',
    sections: ['task'],
    basic: ['data.train', 'data.heldOut', 'grader.name', 'grader.pattern'],
  },
  {
    name: 'adapter',
    sections: ['adapter'],
    basic: ['adapter.kind', 'adapter.rank', 'adapter.u', 'adapter.tying', 'adapter.nTie', 'adapter.alpha'],
  },
  {
    name: 'trainer',
    sections: ['trainer', 'sampling'],
    basic: ['method', 'steps', 'learningRate', 'promptsPerStep', 'samplesPerPrompt', 'maxCompletionTokens'],
  },
  { name: 'evaluation', sections: ['evaluation'], basic: ['evaluation.problems', 'evaluation.samples'] },
  { name: 'engine', sections: ['engine'], basic: ['engine.device'] },
];

export interface SweepFormProps {
  model: FormModel;
  /** Modules that the model's adapter has; null while unknown. */
  moduleCount: number | null;
}

export function SweepForm({ model, moduleCount }: SweepFormProps) {
  const { t } = useTranslation('newSweep');
  const files = useFileChoices();
  const hasTask = typeof model.baseValue('task') === 'string';
  return (
    <Box sx={{ display: 'grid', gap: 5, minWidth: 0 }}>
      <Part number={null} title={t('parts.sweep')}>
        <TextRow path="name" model={model} />
        <TextRow path="description" model={model} />
      </Part>
      {PARTS.map(({ name, sections, basic }, index) => {
        const states = model.states.filter(({ field }) => sections.includes(field.section));
        // A task brings its data: then these are details.
        const isBasic = ({ field, axis }: SettingState) =>
          axis !== undefined || (basic.includes(field.path) && !(hasTask && field.path.startsWith('data.')));
        const row = (state: SettingState) => (
          <SettingFieldRow
            key={state.field.path}
            state={state}
            model={model}
            choices={files[state.field.path]}
            note={
              state.field.path === 'model' && moduleCount !== null ? t('modules', { count: moduleCount }) : undefined
            }
          />
        );
        const shown = states.filter(isBasic).sort((left, right) => {
          return basic.indexOf(left.field.path) - basic.indexOf(right.field.path);
        });
        const folded = states.filter((state) => !isBasic(state));
        return (
          <Part key={name} number={index + 1} title={t(`parts.${name}`)}>
            {name === 'task' && <TaskRow model={model} />}
            {shown.map(row)}
            {folded.length > 0 && (
              <Fold
                label={t('moreSettings', { count: folded.length })}
                isForced={folded.some(({ field }) => model.errorsOf(field.path).length > 0)}
              >
                {folded.map(row)}
              </Fold>
            )}
          </Part>
        );
      })}
      <Part number={PARTS.length + 1} title={t('parts.seeds')}>
        <SeedsRow model={model} />
        <OtherAxes model={model} />
      </Part>
      <Part number={null} title={t('parts.listed')}>
        <CellList listKey="cells" model={model} />
        <CellList listKey="baselines" model={model} />
      </Part>
    </Box>
  );
}

function Part({ number, title, children }: { number: number | null; title: string; children: ReactNode }) {
  return (
    <Box component="section" aria-label={title} sx={{ minWidth: 0 }}>
      <Typography variant="h2" sx={{ pb: 1, mb: 1, borderBottom: 1, borderColor: 'divider' }}>
        {number !== null && (
          <Typography component="span" variant="inherit" color="textSecondary">
            {number}{' '}
          </Typography>
        )}
        {title}
      </Typography>
      {children}
    </Box>
  );
}

/** What can stand in each setting that names a file. */
function useFileChoices(): Record<string, readonly ReferenceChoice[]> {
  const { t } = useTranslation('newSweep');
  const models = useHostQuery('listModels', {});
  const dataSets = useHostQuery('listDataSets', {});
  const data = (dataSets.data ?? []).map(({ reference, name, description, rowCount, failure }) => ({
    reference,
    label: name,
    detail: [
      rowCount === null ? '' : t('rows', { count: rowCount, shown: formatCount(rowCount) }),
      failure ?? description,
      reference,
    ]
      .filter(Boolean)
      .join(' · '),
  }));
  return {
    model: (models.data ?? []).map(({ reference, fileName, sizeBytes, inspection, failure }) => ({
      reference,
      label: fileName,
      detail: [
        sizeBytes === null ? '' : formatFileSize(sizeBytes),
        inspection?.trainingRefusal ?? failure ?? '',
        reference,
      ]
        .filter(Boolean)
        .join(' · '),
    })),
    'data.train': data,
    'data.heldOut': data,
  };
}
