// The seeds that each setting is trained with. Runs in the renderer.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AxisDialog } from './AxisDialog.tsx';
import { AxisValues } from './AxisValues.tsx';
import { editDraft } from './draft.ts';
import type { FormModel } from './form-model.ts';
import { listOf, valuesOf } from './recipe-content.ts';
import { valueOfText } from './recipe-edits.ts';
import { FormRow, RowActions } from './SettingRow.tsx';

const SEED = { kind: 'integer', nullable: false } as const;

export function SeedsRow({ model }: { model: FormModel }) {
  const { t } = useTranslation('newSweep');
  const [isChoosing, setChoosing] = useState(false);
  const label = t('fields.seeds');
  const seeds = listOf(model.content, 'seeds');
  const set = (values: unknown[]) => editDraft([{ path: ['seeds'], value: values.length === 0 ? undefined : values }]);
  return (
    <FormRow
      row="seeds"
      label={label}
      hint={seeds.length === 0 ? t('seedsDefault') : t('seedsHint')}
      errors={model.errorsOf('seeds')}
      actions={<RowActions label={label} onAxis={() => setChoosing(true)} />}
    >
      {(ids) => (
        <>
          <AxisValues
            axis={seeds}
            label={label}
            ids={ids}
            parse={(text) => (text.trim() === '' ? undefined : valueOfText(SEED, text))}
            onChange={set}
            onEditRule={() => setChoosing(true)}
          />
          {isChoosing && (
            <AxisDialog
              label={label}
              axis={seeds}
              current={0}
              kind="integer"
              onApply={(axis) => {
                // A recipe lists its seeds: a rule is written as what it makes.
                set(valuesOf(axis) ?? []);
                setChoosing(false);
              }}
              onClose={() => setChoosing(false)}
            />
          )}
        </>
      )}
    </FormRow>
  );
}
