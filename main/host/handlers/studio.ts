// Answers about the host itself. Runs in the host.
import type { STUDIO_METHODS } from '../../../contracts/methods/studio.ts';
import type { HandlerDependencies, HandlersOf } from './handlers.ts';

export function studioHandlers({ info }: HandlerDependencies): HandlersOf<keyof typeof STUDIO_METHODS> {
  return { hostInfo: info };
}
