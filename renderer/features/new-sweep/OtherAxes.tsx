// Axes of the grid that no setting of the form stands for: shown, so that nothing hidden makes cells. Runs in the renderer.
import { useTranslation } from 'react-i18next';
import { AxisValues } from './AxisValues.tsx';
import { editDraft } from './draft.ts';
import type { FormModel } from './form-model.ts';
import { otherAxes } from './recipe-content.ts';
import { axisEdits } from './recipe-edits.ts';
import { inlineValue } from './recipe-text.ts';
import { FormRow, RowActions } from './SettingRow.tsx';

export function OtherAxes({ model }: { model: FormModel }) {
  const { t } = useTranslation('newSweep');
  return otherAxes(model.content, model.states).map(([path, axis]) => {
    const set = (values: unknown) => editDraft(axisEdits(model.content, path, values));
    return (
      <FormRow
        key={path}
        row={path}
        label={path}
        hint={t('otherAxis')}
        errors={model.errorsOf(path)}
        actions={<RowActions label={path} onReset={() => set(undefined)} />}
      >
        {(ids) => (
          <AxisValues
            axis={axis}
            label={path}
            ids={ids}
            parse={(text) => inlineValue(text)?.value}
            onChange={(values) => set(values.length === 0 ? undefined : values)}
            onEditRule={() => set(undefined)}
          />
        )}
      </FormRow>
    );
  });
}
