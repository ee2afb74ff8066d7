// Who answers on side A and B, as the address says it, and the model that they belong to. Runs in the renderer.
import type { AdapterIdentity, PlaygroundAdapter, PlaygroundSideName } from '../../../contracts/playground.ts';
import type { PromptConfig } from '../../../contracts/run-config.ts';
import type { RunSummary } from '../../../contracts/run-state.ts';
import { useQueryState } from '../../app/query-state.ts';
import { useHostQuery } from '../../connection/hooks.ts';

export const LINE_PREFIX = 'tinylora1:';
/** In the address while a line is about to be pasted. */
const PASTE = 'line';
const NOBODY = 'none';

export type SideChoice =
  { kind: 'nobody' } | { kind: 'base' } | { kind: 'run'; name: string } | { kind: 'line'; text: string };

/** What stands in the address: `base`, `none`, a run's short name, or an adapter line. */
export function parseSide(text: string): SideChoice {
  if (text === 'base') return { kind: 'base' };
  if (text === NOBODY || text === '') return { kind: 'nobody' };
  if (text === PASTE || text.startsWith(LINE_PREFIX)) return { kind: 'line', text: text === PASTE ? '' : text };
  return { kind: 'run', name: text };
}

export function sideText(choice: SideChoice): string {
  switch (choice.kind) {
    case 'base':
      return 'base';
    case 'nobody':
      return NOBODY;
    case 'run':
      return choice.name;
    case 'line':
      return choice.text === '' ? PASTE : choice.text;
  }
}

export interface Side {
  name: PlaygroundSideName;
  choice: SideChoice;
  setChoice: (choice: SideChoice) => void;
  /** Null where nobody answers, or not yet. */
  adapter: PlaygroundAdapter | null;
  /** The model that its adapter belongs to; null for the base model. */
  model: string | null;
  /** Null where it is no run. */
  run: RunSummary | null;
  /** How its run builds prompts. */
  prompt: PromptConfig | null;
  identity: AdapterIdentity | null;
  isLooking: boolean;
  failure: Error | null;
}

export function useSide(name: PlaygroundSideName, defaultText: string): Side {
  const [text, setText] = useQueryState<string>(name, defaultText);
  const choice = parseSide(text);
  const runName = choice.kind === 'run' ? choice.name : '';
  const line = choice.kind === 'line' ? choice.text.trim() : '';
  const run = useHostQuery('showRun', { id: runName, completions: 0 }, { enabled: runName !== '' });
  const identity = useHostQuery('identifyAdapter', { text: line }, { enabled: line !== '' });
  const known = choice.kind === 'line' ? (identity.data ?? null) : null;
  const detail = choice.kind === 'run' ? (run.data ?? null) : null;
  return {
    name,
    choice,
    setChoice: (next) => setText(sideText(next)),
    adapter: adapterOf(choice, detail !== null, known),
    model: detail?.config.model ?? known?.modelReference ?? null,
    run: detail?.run ?? null,
    prompt: detail?.config.prompt ?? null,
    identity: known,
    isLooking: run.isLoading || identity.isLoading,
    failure: choice.kind === 'run' ? run.error : choice.kind === 'line' ? identity.error : null,
  };
}

function adapterOf(
  choice: SideChoice,
  isRunKnown: boolean,
  identity: AdapterIdentity | null,
): PlaygroundAdapter | null {
  switch (choice.kind) {
    case 'base':
      return { kind: 'none' };
    case 'run':
      return isRunKnown ? { kind: 'run', id: choice.name } : null;
    case 'line':
      return identity?.modelReference ? { kind: 'text', text: choice.text.trim() } : null;
    case 'nobody':
      return null;
  }
}
