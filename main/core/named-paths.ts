// What a path in a recipe or option may be: a file's path, or a name behind a prefix. Host and command line.
import { isAbsolute, join, resolve } from 'node:path';
import { STARTER_MODELS } from './starter-models.ts';
import { TASK_PREFIX, taskFile } from './tasks/task-files.ts';

export const BUILTIN_PREFIX = 'builtin:';
const MODELS_PREFIX = 'models:';

/** Where what the prefixes name lies. */
export interface NamedFolders {
  resources: string;
  models: string;
  tasks: string;
}

/** Files of `models:` that our recipes use. `SmolLM2-135M-Instruct.F32.gguf` and the like are made from the first. */
const [OFFERED] = STARTER_MODELS;
const DERIVED_MODEL = /^SmolLM2-135M-Instruct\.(F32|F16|BF16|Q8_0)\.gguf$/;

/**
 * Absolute path of a file: `builtin:` + path below the resources, `models:` + name in the data folder's models,
 * `task:NAME/SPLIT` (whose file is written where it is missing), absolute, or relative to `baseFolder`.
 * Throws BAD_INPUT for a task or split that there is not, STORAGE where its file cannot be written.
 */
export async function resolvePath(path: string, baseFolder: string, folders: NamedFolders): Promise<string> {
  if (path.startsWith(BUILTIN_PREFIX)) return join(folders.resources, path.slice(BUILTIN_PREFIX.length));
  if (path.startsWith(MODELS_PREFIX)) return join(folders.models, path.slice(MODELS_PREFIX.length));
  if (path.startsWith(TASK_PREFIX)) return taskFile(path, folders.tasks);
  return isAbsolute(path) ? path : resolve(baseFolder, path);
}

/** How to mend that the file a path names is not there. */
export function missingFileRemedy(path: string): string {
  if (!path.startsWith(MODELS_PREFIX)) {
    return 'give an absolute path, a relative one, or builtin: and a path below resources';
  }
  const name = path.slice(MODELS_PREFIX.length);
  const type = DERIVED_MODEL.exec(name)?.[1];
  if (type !== undefined) {
    const command = `tinylora convert ${MODELS_PREFIX}${OFFERED?.fileName} --type ${type.toLowerCase()} --out ${path}`;
    return `make it with \`${command}\``;
  }
  return name === OFFERED?.fileName ? `put it there: it is in ${OFFERED.source}` : 'put the model there';
}
