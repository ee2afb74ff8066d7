// A setting with everything that can be done to it: state it, leave it to its default, make it an axis. Runs in the
// renderer.
import { useState } from 'react';
import { AxisDialog } from './AxisDialog.tsx';
import { AxisValues } from './AxisValues.tsx';
import { editDraft } from './draft.ts';
import { axisEdits, settingEdits, valueOfText } from './recipe-edits.ts';
import { CHOOSERS } from './recipe-content.ts';
import type { SettingState } from './recipe-content.ts';
import { inlineValue } from './recipe-text.ts';
import { ReferenceInput } from './ReferenceInput.tsx';
import type { ReferenceChoice } from './ReferenceInput.tsx';
import { useSettingWords } from './setting-words.ts';
import { SettingInput } from './SettingInput.tsx';
import { FormRow, RowActions } from './SettingRow.tsx';
import type { FormModel } from './form-model.ts';

export interface SettingFieldRowProps {
  state: SettingState;
  model: FormModel;
  /** Files to choose from; for settings that name one. */
  choices?: readonly ReferenceChoice[] | undefined;
  /** Said beside the default. */
  note?: string | undefined;
}

export function SettingFieldRow({ state, model, choices, note }: SettingFieldRowProps) {
  const words = useSettingWords();
  const [isChoosing, setChoosing] = useState(false);
  const { field, value, axis, axisPath, isStated } = state;
  const { content, states } = model;
  const label = words.label(field);
  const setAxis = (next: unknown) => editDraft(axisEdits(content, axisPath, next));
  const set = (next: unknown) => editDraft(settingEdits(content, state, next, states));
  const isNumber = field.kind === 'integer' || field.kind === 'number';
  const parse = (text: string) => {
    if (text.trim() === '') return undefined;
    return isNumber ? valueOfText(field, text) : inlineValue(text)?.value;
  };
  return (
    <FormRow
      row={field.path}
      label={label}
      unit={field.unit}
      isNarrow={isNumber && axis === undefined}
      hint={[note, axis === undefined ? words.origin(state) : ''].filter(Boolean).join(' · ')}
      errors={model.errorsOf(field.path)}
      actions={
        <RowActions
          label={label}
          onAxis={() => setChoosing(true)}
          onReset={
            axis === undefined && isStated && (field.default !== undefined || state.taskValue !== undefined)
              ? () => set(undefined)
              : undefined
          }
        />
      }
    >
      {(ids) => (
        <>
          {axis !== undefined ? (
            <AxisValues
              axis={axis}
              label={label}
              ids={ids}
              parse={parse}
              onChange={(values) => setAxis(values.length === 0 ? undefined : values)}
              onEditRule={() => setChoosing(true)}
            />
          ) : choices !== undefined ? (
            <ReferenceInput choices={choices} value={typeof value === 'string' ? value : ''} ids={ids} onChange={set} />
          ) : (
            <SettingInput field={field} value={value} ids={ids} onChange={set} />
          )}
          {isChoosing && (
            <AxisDialog
              label={label}
              axis={axis}
              current={CHOOSERS.has(field.path) ? model.baseValue(axisPath) : value}
              kind={isNumber ? (field.kind === 'integer' ? 'integer' : 'number') : 'other'}
              onApply={(next) => {
                setAxis(next);
                setChoosing(false);
              }}
              onRemove={
                axis === undefined
                  ? undefined
                  : () => {
                      setAxis(undefined);
                      setChoosing(false);
                    }
              }
              onClose={() => setChoosing(false)}
            />
          )}
        </>
      )}
    </FormRow>
  );
}
