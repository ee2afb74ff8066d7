// What a model is called. Pure; runs in the renderer.
import type { ModelEntry } from '../../../contracts/library.ts';

/** As its file says, else the file's own name. */
export function modelName({ inspection, fileName }: ModelEntry): string {
  return inspection === null || inspection.name === '' ? fileName : inspection.name;
}
