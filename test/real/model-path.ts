// The real model's file, which is not in the repository, and what to say where it is missing. Test code.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

export const MODEL_PATH = resolve(import.meta.dirname, '../../../shared/models/SmolLM2-135M-Instruct.Q4_1.gguf');
export const MODEL_MISSING = !existsSync(MODEL_PATH);
export const MODEL_WANTED = `${MODEL_PATH} is missing; put SmolLM2-135M-Instruct as a Q4_1 GGUF there.`;
