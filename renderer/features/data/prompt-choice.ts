// With which model and template the prompts of a data set are shown. Runs in the renderer.
import type { DataSetEntry } from '../../../contracts/library.ts';
import { PromptConfig } from '../../../contracts/run-config.ts';
import type { GraderConfig } from '../../../contracts/run-config.ts';
import { useQueryState } from '../../app/query-state.ts';
import { useHostQuery } from '../../connection/hooks.ts';
import { useReadingModels } from '../../components/library/ModelSelect.tsx';

export type TemplateName = 'task' | 'chat' | 'plain';

export interface PromptChoice {
  /** Reference; null while no model is known. */
  model: string | null;
  setModel: (reference: string) => void;
  template: TemplateName;
  setTemplate: (template: TemplateName) => void;
  /** Those that this data set can be shown with. */
  templates: readonly TemplateName[];
  prompt: PromptConfig;
}

const PLAIN = PromptConfig.parse({ kind: 'plain' });
const CHAT = PromptConfig.parse({ kind: 'chat' });

export function usePromptChoice(dataSet: DataSetEntry): PromptChoice {
  const models = useReadingModels();
  const task = useTaskSettings(dataSet.task);
  const [chosenModel, setModel] = useQueryState<string>('model', '');
  const [chosen, setTemplate] = useQueryState<TemplateName | ''>('template', '');
  const template = chosen === '' ? (task === null ? 'chat' : 'task') : chosen;
  const own = template === 'task' ? task?.template : undefined;
  return {
    model: chosenModel === '' ? (models[0]?.reference ?? null) : chosenModel,
    setModel,
    template,
    setTemplate,
    templates: task === null ? ['chat', 'plain'] : ['task', 'chat', 'plain'],
    prompt: own ?? (template === 'plain' ? PLAIN : CHAT),
  };
}

/** Template and grader of a built-in task; null for files. */
export function useTaskSettings(task: string | null): { template: PromptConfig; grader: GraderConfig } | null {
  const problem = useHostQuery('heldOutProblem', { from: { task: task ?? '' }, line: 1 }, { enabled: task !== null });
  return problem.data ?? null;
}
