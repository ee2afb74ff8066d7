// Which models the engine can train, judged by what their file says. Host and library process.
import { TrainableFamily } from '../../contracts/library.ts';
import { ModuleType } from '../../contracts/run-config.ts';

export interface ModelTraits {
  architecture: string;
  hasTokenizer: boolean;
  /** Tensors that the file lacks. */
  faults: string[];
}

/** Linear tensors that the layers should have and do not, e.g. those of a mixture of experts. */
export function linearTensorFaults(tensorNames: readonly string[], layerCount: number): string[] {
  const names = new Set(tensorNames);
  const expected = Array.from({ length: layerCount }, (_, layer) =>
    ModuleType.options.map((type) => `blk.${layer}.${type}.weight`),
  ).flat();
  return expected.filter((name) => !names.has(name));
}

/** Why the model cannot be trained and what to do; null where it can. */
export function trainingRefusal({ architecture, hasTokenizer, faults }: ModelTraits): string | null {
  const families = TrainableFamily.options.join(', ');
  if (!TrainableFamily.options.some((family) => family === architecture)) {
    return `Its architecture is ${architecture || 'not stated'}; the trainer knows ${families}. Choose a model of these families.`;
  }
  if (!hasTokenizer) return 'It has no tokenizer, so text cannot be trained. Choose a GGUF with one.';
  const [first] = faults;
  if (first !== undefined) {
    return `It lacks ${faults.length} of the linear tensors (first: ${first}), as mixtures of experts and split files do. Choose a dense model in one file.`;
  }
  return null;
}
