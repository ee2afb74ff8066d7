// Seed, temperature and length of the playground's answers, as the address says them. Runs in the renderer.
import { PlaygroundSampling } from '../../../contracts/playground.ts';
import { PromptConfig } from '../../../contracts/run-config.ts';
import { useQueryState } from '../../app/query-state.ts';

export type TemplateName = 'task' | 'chat' | 'plain';

const DEFAULTS = PlaygroundSampling.parse({});
/** Of the context that an answer may fill where nothing else is said: the rest is the question's. */
const ANSWER_SHARE = 0.5;
const CHAT = PromptConfig.parse({ kind: 'chat' });
const PLAIN = PromptConfig.parse({ kind: 'plain' });

export interface PlaygroundSettings {
  seed: Field;
  temperature: Field;
  maxTokens: Field;
  /** Null where one of them cannot be used. */
  sampling: PlaygroundSampling | null;
}

interface Field {
  text: string;
  set: (text: string) => void;
  isWrong: boolean;
}

/**
 * @param stop texts at which the task ends an answer
 * @param contextTokens of the model; null where it is not known
 */
export function usePlaygroundSettings(stop: readonly string[], contextTokens: number | null): PlaygroundSettings {
  const seed = useField('seed', DEFAULTS.seed);
  const temperature = useField('temp', DEFAULTS.temperature);
  const longest = contextTokens === null ? Infinity : Math.floor(ANSWER_SHARE * contextTokens);
  const maxTokens = useField('max', Math.min(DEFAULTS.maxTokens, longest));
  const parsed = PlaygroundSampling.safeParse({
    seed: numberOf(seed.text),
    temperature: numberOf(temperature.text),
    maxTokens: numberOf(maxTokens.text),
    stop: [...stop],
  });
  const wrong = parsed.success ? [] : parsed.error.issues.map(({ path }) => path[0]);
  return {
    seed: { ...seed, isWrong: wrong.includes('seed') },
    temperature: { ...temperature, isWrong: wrong.includes('temperature') },
    maxTokens: { ...maxTokens, isWrong: wrong.includes('maxTokens') },
    sampling: parsed.data ?? null,
  };
}

function useField(key: string, defaultValue: number): Omit<Field, 'isWrong'> {
  const [text, set] = useQueryState<string>(key, String(defaultValue));
  return { text, set };
}

function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

/** @param own of the run or task; null where there is none */
export function promptConfig(template: TemplateName, own: PromptConfig | null): PromptConfig {
  if (template === 'task' && own !== null) return own;
  return template === 'plain' ? PLAIN : CHAT;
}
